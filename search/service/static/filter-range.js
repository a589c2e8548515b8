/** A column of numbers or days: a histogram, and two handles on it. */

import { el, on, settled } from "./dom.js";
import { range, withRange } from "./conditions.js";
import { api, store } from "./session.js";
import * as words from "./words.js";

const BINS = 24;
const DAY = 86_400_000;

customElements.define("likewise-range", class extends HTMLElement {
	column = null;
	#bins = [];
	#asking = null;

	connectedCallback() {
		if (this.firstChild) return;
		this.scale = this.column.type === "datetime" ? days : numbers(this.column.type);
		const name = words.name(this.column.name);
		this.bars = el("div.bars", { ariaHidden: "true" });
		this.low = this.#handle(`${name}, from`);
		this.high = this.#handle(`${name}, up to`);
		this.said = el("output.hint", "\u00a0");
		this.append(this.bars, el("div.handles", this.low, this.high), this.said);
	}

	#handle(label) {
		const handle = el("input", { type: "range", ariaLabel: label, disabled: true });
		on(handle, "input", () => this.#moved(handle));
		on(handle, "change", () => this.#chosen());
		return handle;
	}

	async load(where) {
		this.#asking?.abort();
		this.#asking = new AbortController();
		try {
			const { bins } = await api.facets(this.column.name, { where, bins: BINS }, this.#asking.signal);
			this.#bins = bins.map(({ low, high, count }) => ({ low: this.scale.read(low), high: this.scale.read(high), count }));
			this.#draw();
		} catch (error) {
			if (error.name !== "AbortError") this.said.textContent = `Not counted: ${error.message}`;
		}
	}

	choose() {
		if (this.low) this.#place();
	}

	#draw() {
		const most = Math.max(...this.#bins.map(({ count }) => count));
		const bars = this.#bins.map(({ count }) => {
			const bar = el("i");
			bar.style.height = `${count && Math.max(6, (100 * count) / most)}%`;
			return bar;
		});
		this.bars.replaceChildren(...bars);
		this.#place();
	}

	#place() {
		// Where the other filters leave nothing, the scale stays what it was.
		if (this.#bins.length) this.ends = [this.#bins[0].low, this.#bins.at(-1).high];
		if (!this.ends) return;
		const [least, most] = this.ends;
		const [from, to] = range(store.screen.where, this.column.name);
		const [low, high] = [from === "" ? least : this.scale.read(from), to === "" ? most : this.scale.read(to)];
		const scale = { disabled: false, min: Math.min(least, low), max: Math.max(most, high), step: this.scale.step(this.ends) };
		Object.assign(this.low, scale, { value: low });
		Object.assign(this.high, scale, { value: high });
		this.#say();
	}

	#moved(handle) {
		if (Number(this.low.value) > Number(this.high.value)) handle.value = (handle === this.low ? this.high : this.low).value;
		this.#say();
		this.#soon();
	}

	/** While a handle is dragged, hits follow when it rests. */
	#soon = settled(() => this.#chosen(), 250);

	#chosen() {
		const low = this.low.value === this.low.min ? "" : this.scale.write(Number(this.low.value));
		const high = this.high.value === this.high.max ? "" : this.scale.write(Number(this.high.value));
		store.go({ where: withRange(store.screen.where, this.column.name, low, high) });
	}

	#say() {
		const [low, high] = [Number(this.low.value), Number(this.high.value)];
		const [from, to] = [this.scale.say(low), this.scale.say(high)];
		// Where both handles meet, the one that has somewhere to go lies on top.
		this.low.style.zIndex = low > (Number(this.low.min) + Number(this.low.max)) / 2 ? 1 : 0;
		this.said.textContent = `${from} to ${to}`;
		this.low.ariaValueText = from;
		this.high.ariaValueText = to;
		[...this.bars.children].forEach((bar, at) =>
			bar.classList.toggle("out", this.#bins[at].high <= low || this.#bins[at].low >= high),
		);
	}
});

const numbers = (type) => ({
	read: Number,
	write: (value) => String(Number(value.toPrecision(12))),
	say: words.short,
	step: ([low, high]) => (type === "integer" ? 1 : 10 ** Math.floor(Math.log10((high - low) / 100 || 1))),
});

const date = (day) => new Date(day * DAY).toISOString().slice(0, 10);

/** Days since 1970. */
const days = {
	read: (text) => Math.floor(Date.parse(text) / DAY),
	write: date,
	say: date,
	step: () => 1,
};
