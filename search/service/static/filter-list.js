/** The values of a column with their counts: the commonest, a search for the rest; yes/no among them. */

import { el, on, redraw, settled } from "./dom.js";
import { chosen, toggled } from "./conditions.js";
import { api, store } from "./session.js";
import * as words from "./words.js";

const SHOWN = 10;

customElements.define("likewise-list", class extends HTMLElement {
	column = null;
	#values = null;
	#where = [];
	#total = 0;
	#asking = null;

	connectedCallback() {
		if (this.firstChild) return;
		const label = `Search ${words.name(this.column.name).toLowerCase()}`;
		this.field = el("input.field.small", { type: "search", placeholder: label, ariaLabel: label, hidden: true });
		on(this.field, "input", settled(() => this.load(), 150));
		this.list = el("ul.values", { role: "list", ariaLabel: words.name(this.column.name) });
		this.rest = el("p.hint", { hidden: true });
		this.append(this.field, this.list, this.rest);
	}

	/** Count again, among the products that meet the other conditions. */
	async load(where = this.#where) {
		this.#where = where;
		this.#asking?.abort();
		this.#asking = new AbortController();
		const sought = this.field?.value.trim() ?? "";
		const params = { where, limit: SHOWN, q: sought };
		try {
			const { values, total } = await api.facets(this.column.name, params, this.#asking.signal);
			this.#values = values.map(({ value, count }) => ({ value: String(value), count }));
			this.#total = total;
			this.#draw(sought);
		} catch (error) {
			if (error.name !== "AbortError") this.list.replaceChildren(el("li.hint", `Not counted: ${error.message}`));
		}
	}

	choose() {
		if (this.#values) this.#draw(this.field.value.trim());
	}

	#draw(sought) {
		const on = chosen(store.screen.where, this.column.name);
		const listed = new Set(this.#values.map(({ value }) => value));
		// What is chosen stays in sight, also where nothing has it any more.
		const missing = sought ? [] : on.filter((value) => !listed.has(value)).map((value) => ({ value, count: null }));
		redraw(this.list, ...[...this.#values, ...missing].map((each) => this.#row(each, on.includes(each.value))));
		this.field.hidden = !sought && this.#total <= SHOWN;
		const more = this.#total - this.#values.length;
		this.rest.hidden = more <= 0 && this.#values.length > 0;
		this.rest.textContent = this.#values.length ? `${words.count(more)} more` : sought ? "Nothing of that name" : "None left";
	}

	#row({ value, count }, checked) {
		const shown = this.column.type === "bool" ? { true: "Yes", false: "No" }[value] ?? value : value;
		const box = el("input", { type: "checkbox", value, checked });
		on(box, "change", () => store.go({ where: toggled(store.screen.where, this.column.name, value) }));
		const number = el("span.number", { text: count === null ? "" : words.count(count) });
		return el("li", el("label.value", box, el("span.name", { text: shown, title: shown }), number));
	}
});
