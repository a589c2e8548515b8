/** The theme: the system's, light, or dark. */

import { el, icon } from "./dom.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const WORDS = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

customElements.define("likewise-theme", class extends HTMLElement {
	connectedCallback() {
		this.#draw();
	}

	#draw() {
		const now = document.documentElement.dataset.theme ?? "auto";
		const props = { ariaLabel: WORDS[now], title: WORDS[now], onclick: () => this.#choose(NEXT[now]) };
		this.replaceChildren(el("button.icon-button", props, icon(now)));
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
		this.firstChild.focus();
	}
});
