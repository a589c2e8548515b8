/** Quiet notes at the lower edge, which stand in the markup: busy, away, offline, another version of the catalog. */

import { on, tell } from "./dom.js";
import { api } from "./session.js";

/** `<likewise-notices>`; fires `reload`. */
customElements.define("likewise-notices", class extends HTMLElement {
	connectedCallback() {
		on(api, "waiting", ({ detail }) => this.#wait(detail));
		on(api, "answering", () => this.#wait());
		on(window, "offline online", () => this.#wait());
		on(api, "version", () => (this.renewed.hidden = false));
		on(this.querySelector("button"), "click", () => {
			this.renewed.hidden = true;
			tell(this, "reload");
		});
		this.#wait();
	}

	get renewed() {
		return this.querySelector("[data-slot=renewed]");
	}

	/** Without a network that is the reason, whatever waits. */
	#wait({ reason, seconds } = {}) {
		const now = navigator.onLine ? reason : "offline";
		for (const note of this.children) if (note !== this.renewed) note.hidden = note.dataset.slot !== now;
		for (const place of this.querySelectorAll("[data-seconds]")) place.textContent = Math.ceil(seconds);
	}
});
