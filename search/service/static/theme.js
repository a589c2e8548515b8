/** The theme: the system's, light, or dark. */

import { el, icon, redraw } from "./dom.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };

customElements.define("likewise-theme", class extends HTMLElement {
	connectedCallback() {
		this.#draw();
	}

	#draw() {
		const now = document.documentElement.dataset.theme ?? "auto";
		const words = `Theme: ${now === "auto" ? "as the system" : now}`;
		const props = { ariaLabel: words, title: words, onclick: () => this.#choose(NEXT[now]) };
		redraw(this, el("button.icon-button", props, icon(now)));
	}

	#choose(theme) {
		document.documentElement.dataset.theme = theme;
		try {
			localStorage.setItem("likewise:theme", theme);
		} catch {
			// Kept for this visit only.
		}
		dispatchEvent(new Event("likewise:theme"));
		this.#draw();
	}
});
