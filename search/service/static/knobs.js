/** "More": the options of a search, each with a sentence about what it does to the answer. */

import { el, on } from "./dom.js";
import { catalog, store } from "./session.js";
import { name, percent } from "./words.js";

/** Option to its title, its sentence, and its choices: what stands in an address, and in words. */
const KNOBS = {
	probe: [
		"Where to look",
		"The catalog lies in groups of like products. More groups find more, a little slower.",
		() => ({ "": "Nearest group", 2: "2 groups", 4: "4 groups", all: "Everywhere" }),
	],
	prior: [
		"Same kind",
		"How much the kind of product counts beside its looks.",
		({ can }) => can.prior !== null && { "": `As learned (${percent(can.prior)})`, "0.5": "Less", "0": "Looks only" },
	],
	threshold: [
		"How alike at least",
		"Shows nothing rather than what is less alike than this.",
		({ can }) => ({
			"": "Anything",
			...(can.threshold !== null && { confident: `Surely alike (${percent(can.threshold)})` }),
			...Object.fromEntries(["0.5", "0.7", "0.8", "0.9"].map((score) => [score, percent(score)])),
		}),
	],
	group_by: [
		"One of each",
		"Of the products that share this, only the most alike is shown.",
		({ filters }) => ({ "": "Show all", ...named(filters.filter(({ type }) => type === "text")) }),
	],
	distinct: [
		"Near-duplicates",
		"Products that look this much alike among themselves take one place.",
		() => ({ "": "Show all", "0.99": "Hide the same picture", "0.95": "Hide near-duplicates", "0.9": "Hide what is close" }),
	],
	boost: [
		"First",
		"Moves these up among what is alike; hides nothing.",
		({ filters }) => ({ "": "Most alike", ...Object.assign({}, ...filters.map(boosts)) }),
	],
	fallback: [
		"Too few products",
		"Where the filters leave too few, the one that was chosen last can give way.",
		() => ({ "": "Show fewer", true: "Fill up with others" }),
	],
};

const named = (columns) => Object.fromEntries(columns.map((column) => [column.name, name(column.name)]));

/** Ways to put products first by a column. */
function boosts({ name: column, type }) {
	const words = name(column);
	if (type === "bool") return { [column]: `${words} first` };
	if (type === "datetime") return { [column]: `Newest first (${words.toLowerCase()})` };
	if (type !== "integer" && type !== "float") return {};
	return { [`-${column}`]: `Low ${words.toLowerCase()} first`, [column]: `High ${words.toLowerCase()} first` };
}

customElements.define("likewise-knobs", class extends HTMLElement {
	#fields = null;

	async connectedCallback() {
		if (this.#fields) return;
		this.#fields = {};
		on(store, "change", () => this.#update());
		const known = await catalog.catch(() => null);
		if (known) this.build(known);
	}

	build(catalog) {
		const taken = Object.entries(KNOBS).filter(([option]) => catalog.takes(option));
		const open = Object.keys(store.screen.knobs).some((option) => option in KNOBS);
		const shown = taken.flatMap(([option, [title, says, choices]]) => this.#knob(option, title, says, choices(catalog)));
		this.replaceChildren(el("details.group", { open }, el("summary", "More"), ...shown));
		this.#update();
	}

	#knob(option, title, says, choices) {
		if (Object.keys(choices).length < 2) return [];
		const field = el("select.field.small", ...Object.entries(choices).map(choice));
		on(field, "change", () => store.knob(option, field.value));
		field.setAttribute("aria-describedby", `says-${option}`);
		this.#fields[option] = field;
		const label = el("label", el("span.label", title), field);
		return [el("div.knob", label, el("p.hint", { id: `says-${option}` }, says))];
	}

	#update() {
		for (const [option, field] of Object.entries(this.#fields)) {
			const value = store.screen.knobs[option] ?? "";
			// An address may hold a value that is not offered.
			if (![...field.options].some((each) => each.value === value)) field.append(choice([value, value]));
			field.value = value;
		}
	}
});

const choice = ([value, words]) => el("option", { value }, words);
