/** Above the grid: how many products there are, and how varied the hits are to be. */

import { on, settled } from "./dom.js";
import { api, store } from "./session.js";
import { percent, products, count } from "./words.js";

customElements.define("likewise-toolbar", class extends HTMLElement {
	connectedCallback() {
		[this.total, this.varied, this.slider] = [".total", ".varied", "input"].map((place) => this.querySelector(place));
		on(this.slider, "input", settled(() => store.knob("diversity", Number(this.slider.value) || null), 200));
		on(store, "change", () => this.#place());
		this.#place();
	}

	/** How many products the hits come from; answers know it once it was asked. */
	async count(answer, catalog) {
		this.varied.hidden = !store.asks || !catalog.takes("diversity");
		const { where } = store.screen;
		if (!where.length) answer.total = catalog.size;
		answer.total ??= await api.products({ where, limit: 1 }).then(({ total }) => total, () => undefined);
		if (where !== store.screen.where) return;
		const all = products(catalog.size);
		this.total.textContent = where.length && answer.total !== undefined ? `${count(answer.total)} of ${all}` : all;
	}

	#place() {
		this.slider.value = store.screen.knobs.diversity ?? 0;
		this.slider.ariaValueText = `${percent(this.slider.value)} varied`;
		this.varied.hidden = !store.asks;
	}
});
