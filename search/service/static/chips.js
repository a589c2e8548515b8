/** What is chosen, each with a way to take it back, and all at once. */

import { el, icon, on, redraw } from "./dom.js";
import { inWords } from "./conditions.js";
import { store } from "./session.js";

customElements.define("likewise-chips", class extends HTMLElement {
	connectedCallback() {
		on(store, "change", () => this.#draw());
		this.#draw();
	}

	#draw() {
		const { where } = store.screen;
		this.hidden = !where.length;
		redraw(
			this,
			...where.map((text) => this.#chip(text)),
			where.length > 1 ? el("button.link-button", { onclick: () => store.go({ where: [] }) }, "Clear all") : "",
		);
	}

	#chip(text) {
		const words = inWords(text);
		const remove = () => store.go({ where: store.screen.where.filter((each) => each !== text) });
		return el(
			"button.chip.on",
			{ ariaLabel: `Remove ${words}`, onclick: remove },
			el("span", words),
			icon("close"),
		);
	}
});
