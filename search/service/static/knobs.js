/** "More": the options of a search. Their words are in the page's markup; some choices only the catalog knows. */

import { el, on } from "./dom.js";
import { catalog, store } from "./session.js";
import { name, percent } from "./words.js";

function boosts({ name: column, type }) {
	const words = name(column);
	if (type === "bool") return [[column, `${words} first`]];
	if (type === "datetime") return [[column, `Newest first (${words.toLowerCase()})`]];
	if (type !== "integer" && type !== "float") return [];
	return [[`-${column}`, `Low ${words.toLowerCase()} first`], [column, `High ${words.toLowerCase()} first`]];
}

customElements.define("likewise-knobs", class extends HTMLElement {
	#markup = null;

	async connectedCallback() {
		// It moves into the sheet and out of it.
		if (this.#markup) return;
		this.#markup = this.firstElementChild;
		on(this, "change", ({ target }) => store.knob(target.name, target.value));
		on(store, "change", () => this.#update());
		const known = await catalog.catch(() => null);
		if (known) this.build(known);
	}

	build(catalog) {
		const { can, filters } = catalog;
		const group = this.#markup.cloneNode(true);
		group.hidden = false;
		group.open = this.firstElementChild.open;
		this.replaceChildren(group);
		this.#learned("prior", "", can.prior);
		this.#learned("threshold", "confident", can.threshold);
		this.#field("group_by").append(...filters.filter(({ type }) => type === "text").map((column) => choice(column.name, name(column.name))));
		this.#field("boost").append(...filters.flatMap(boosts).map(([value, words]) => choice(value, words)));
		for (const field of this.#fields) {
			if (field.length < 2 || !catalog.takes(field.name)) field.closest(".knob").remove();
			else group.open ||= field.name in store.screen.knobs;
		}
		this.#update();
	}

	#field = (option) => this.#fields.find((field) => field.name === option);

	get #fields() {
		return [...this.querySelectorAll("select")];
	}

	/** A choice for what the index has learned: how much that is, or no such choice. */
	#learned(option, value, learned) {
		const field = this.#field(option);
		const own = [...field.options].find((each) => each.value === value);
		if (learned !== null) own.append(` (${percent(learned)})`);
		else if (value) own.remove();
		else field.replaceChildren();
	}

	#update() {
		for (const field of this.#fields) {
			const value = store.screen.knobs[field.name] ?? "";
			// An address may hold a value that is not offered.
			if (![...field.options].some((each) => each.value === value)) field.append(choice(value, value));
			field.value = value;
		}
	}
});

const choice = (value, words) => el("option", { value }, words);
