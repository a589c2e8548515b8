/** What is chosen, each with a way to take it back, and all at once. */

import { button, el, icon, on } from "./dom.js";
import { inWords } from "./conditions.js";
import { store } from "./session.js";

customElements.define("likewise-chips", class extends HTMLElement {
	connectedCallback() {
		on(store, "change", () => this.#draw());
		this.#draw();
	}

	#draw() {
		const { where } = store.screen;
		const had = this.contains(document.activeElement);
		this.hidden = !where.length;
		this.replaceChildren(
			...where.map((text) => this.#chip(text)),
			where.length > 1 ? button("Clear all", () => store.go({ where: [] }), "link-button") : "",
		);
		if (had) (this.querySelector("button") ?? document.querySelector("main"))?.focus();
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
