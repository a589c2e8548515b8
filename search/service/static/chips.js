/** What is chosen, each with a way to take it back, and all at once. */

import { el, icon } from "./dom.js";
import { inWords } from "./conditions.js";
import { store } from "./session.js";

/** `<likewise-chips>` */
class LikewiseChips extends HTMLElement {
  connectedCallback() {
    store.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const { where } = store.screen;
    const had = this.contains(document.activeElement);
    this.hidden = !where.length;
    this.replaceChildren(
      ...where.map((text) => this.#chip(text)),
      where.length > 1 ? el("button", { type: "button", class: "link-button", text: "Clear all", onclick: () => store.go({ where: [] }) }) : "",
    );
    if (had) (this.querySelector("button") ?? document.querySelector("main"))?.focus();
  }

  #chip(text) {
    const words = inWords(text);
    const remove = () => store.go({ where: store.screen.where.filter((each) => each !== text) });
    return el(
      "button",
      { type: "button", class: "chip on", "aria-label": `Remove ${words}`, onclick: remove },
      el("span", { text: words }),
      icon("close"),
    );
  }
}

customElements.define("likewise-chips", LikewiseChips);
