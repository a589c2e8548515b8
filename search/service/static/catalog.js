/** What the schema says of the catalog, and how a product of it is shown. */

import * as words from "./words.js";

const EMPTY = (value) => value === null || value === undefined || value === "" || value?.length === 0;

export class Catalog {
	/** @param {object} schema the answer of `/v1/schema` */
	constructor(schema) {
		this.schema = schema;
		this.name = schema.name ?? "";
		this.size = schema.products ?? 0;
		this.can = schema.capabilities ?? {};
		this.limits = schema.limits ?? {};
		this.#options = new Set((schema.options ?? []).map((option) => option.name));
	}

	#options;

	/** The columns that a visitor filters by. */
	get filters() {
		// What a price is in is no choice.
		return this.schema.columns.filter(({ name, filterable }) => filterable && name !== `${this.schema.price}_currency`);
	}

	takes = (option) => this.#options.has(option);

	/** A product's name; its id where the catalog has no names. */
	title = (id, payload) => this.#texts("title", payload).join(" · ") || id;

	facts = (payload) => this.#texts("caption", payload).join(" · ");

	/** Its price, empty where the catalog or the product has none. */
	price(payload) {
		const value = payload?.[this.schema.price];
		return EMPTY(value) ? "" : words.money(value, payload[`${this.schema.price}_currency`]);
	}

	#texts(role, payload = {}) {
		const columns = this.schema.roles?.[role] ?? [];
		return columns.map((column) => payload[column]).filter((value) => !EMPTY(value)).map(words.value);
	}
}
