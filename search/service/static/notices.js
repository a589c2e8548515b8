/** Quiet notes at the lower edge: busy, away, offline, another version of the catalog. */

import { el } from "./dom.js";
import { api } from "./session.js";

/** `<likewise-notices>`; fires `reload`. */
class LikewiseNotices extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    api.addEventListener("waiting", ({ detail }) => this.#waiting(detail));
    api.addEventListener("answering", () => this.#drop("waiting"));
    api.addEventListener("version", () => this.#changed());
    addEventListener("offline", () => this.#offline());
    addEventListener("online", () => this.#drop("waiting"));
    if (!navigator.onLine) this.#offline();
  }

  #waiting({ reason, seconds }) {
    if (!navigator.onLine) return this.#offline();
    const again = `Trying again in ${Math.ceil(seconds)} s.`;
    const text = reason === "busy" ? `The service is busy. ${again}` : `The service does not answer. ${again}`;
    return this.#say("waiting", reason, text);
  }

  #offline() {
    this.#say("waiting", "offline", "You are offline. What is here stays; the search goes on when the network is back.");
  }

  #changed() {
    const reload = el("button", { type: "button", class: "button", text: "Show it", onclick: () => this.#reload() });
    this.#say("version", "changed", "The catalog has been renewed.", reload);
  }

  #reload() {
    this.#drop("version");
    this.dispatchEvent(new CustomEvent("reload"));
  }

  #say(slot, state, text, ...more) {
    if (this.querySelector(`[data-slot="${slot}"][data-state="${state}"]`)?.firstChild.textContent === text) return;
    this.#drop(slot);
    const note = el("div", { class: "note" }, el("span", { text }), ...more);
    Object.assign(note.dataset, { slot, state });
    this.append(note);
  }

  #drop(slot) {
    this.querySelector(`[data-slot="${slot}"]`)?.remove();
  }
}

customElements.define("likewise-notices", LikewiseNotices);
