/** Quiet notes at the lower edge: busy, away, offline, another version of the catalog. */

import { button, el, on, tell } from "./dom.js";
import { api } from "./session.js";

/** `<likewise-notices>`; fires `reload`. */
customElements.define("likewise-notices", class extends HTMLElement {
	connectedCallback() {
		this.role = "status";
		on(api, "waiting", ({ detail }) => this.#waiting(detail));
		on(api, "answering", () => this.#drop("waiting"));
		on(api, "version", () => this.#renewed());
		on(window, "offline", () => this.#waiting());
		on(window, "online", () => this.#drop("waiting"));
		if (!navigator.onLine) this.#waiting();
	}

	#waiting({ reason, seconds } = {}) {
		const again = `Trying again in ${Math.ceil(seconds)} s.`;
		if (!navigator.onLine)
			this.#say("waiting", "You are offline. What is here stays; the search goes on when the network is back.");
		else this.#say("waiting", reason === "busy" ? `The service is busy. ${again}` : `The service does not answer. ${again}`);
	}

	#renewed() {
		const show = () => {
			this.#drop("renewed");
			tell(this, "reload");
		};
		this.#say("renewed", "The catalog has been renewed.", button("Show it", show));
	}

	#say(slot, text, ...more) {
		this.#drop(slot);
		const note = el("div.note", el("span", text), ...more);
		note.dataset.slot = slot;
		this.append(note);
	}

	#drop(slot) {
		this.querySelector(`[data-slot="${slot}"]`)?.remove();
	}
});
