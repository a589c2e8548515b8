/** The filters that the schema has: one group a column, opened when somebody wants it. */

import { el, on } from "./dom.js";
import { chosen, others, range } from "./conditions.js";
import { catalog, store } from "./session.js";
import "./filter-list.js";
import "./filter-range.js";
import { name } from "./words.js";

const OPEN = 3;
const ORDERED = new Set(["integer", "float", "datetime"]);

customElements.define("likewise-filters", class extends HTMLElement {
	async connectedCallback() {
		// It moves into the sheet and out of it.
		if (this.#started) return;
		this.#started = true;
		on(store, "change", () => this.#update());
		const known = await catalog.catch(() => null);
		if (known) this.build(known);
	}

	#started = false;

	/** Groups for a catalog; again after its schema has changed. They are seen once they have their sizes. */
	async build(catalog) {
		const panel = this.closest("#panel");
		panel.ariaBusy = "true";
		const { where } = store.screen;
		this.#groups = catalog.filters.map((column, at) => {
			const before = this.#groups.find((group) => group.column.name === column.name)?.node.open;
			const open = before ?? (at < OPEN || others(where, column.name).length < where.length);
			return new Group(column, open);
		});
		this.replaceChildren(...this.#groups.map((group) => group.node));
		await Promise.all(this.#update());
		panel.ariaBusy = null;
	}

	#groups = [];

	#update() {
		return this.#groups.map((group) => group.update());
	}
});

class Group {
	#asked = null;

	constructor(column, open) {
		this.column = column;
		this.chosen = el("span.badge", { hidden: true });
		this.body = el(ORDERED.has(column.type) ? "likewise-range" : "likewise-list", { column });
		const summary = el("summary", el("span", name(column.name)), this.chosen);
		this.node = el("details.group", { open }, summary, this.body);
		on(this.node, "toggle", () => this.update());
	}

	/** Its own choice at once; its counts once they can differ and somebody sees them. */
	update() {
		const { where } = store.screen;
		const mine = this.#mine(where);
		this.chosen.textContent = mine || "";
		this.chosen.hidden = !mine;
		this.chosen.setAttribute("aria-label", `${mine} chosen`);
		this.body.choose(where);
		const rest = JSON.stringify(others(where, this.column.name));
		if (!this.node.open || rest === this.#asked) return null;
		this.#asked = rest;
		return this.body.load(others(where, this.column.name));
	}

	#mine(where) {
		return ORDERED.has(this.column.type)
			? Number(range(where, this.column.name).some(Boolean))
			: chosen(where, this.column.name).length;
	}
}
