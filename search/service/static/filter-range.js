/** A column of numbers or days: a histogram, and two handles on it. */

import { el, settled } from "./dom.js";
import { range, withRange } from "./conditions.js";
import { api, store } from "./session.js";
import * as words from "./words.js";

const BINS = 24;
const DAY = 86_400_000;

/** `<likewise-range>`; `column` is set before it is used. */
export class LikewiseRange extends HTMLElement {
  #bins = [];
  #asking = null;

  connectedCallback() {
    if (this.firstChild) return;
    this.scale = this.column.type === "datetime" ? days : numbers(this.column.type);
    const name = words.name(this.column.name);
    this.bars = el("div", { class: "bars", "aria-hidden": "true" });
    this.low = this.#handle(`${name}, from`);
    this.high = this.#handle(`${name}, up to`);
    this.said = el("output", { class: "hint", text: "\u00a0" });
    this.append(this.bars, el("div", { class: "handles" }, this.low, this.high), this.said);
  }

  #handle(label) {
    const handle = el("input", { type: "range", "aria-label": label, disabled: true });
    handle.addEventListener("input", () => this.#moved(handle));
    handle.addEventListener("change", () => this.#chosen());
    return handle;
  }

  async load(where) {
    this.#asking?.abort();
    this.#asking = new AbortController();
    try {
      const { bins } = await api.facets(this.column.name, { where, bins: BINS }, this.#asking.signal);
      this.#bins = bins;
      this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") this.said.textContent = `Not counted: ${error.message}`;
    }
  }

  choose() {
    if (this.low) this.#place();
  }

  #draw() {
    const most = Math.max(1, ...this.#bins.map((bin) => bin.count));
    this.bars.replaceChildren(
      ...this.#bins.map((bin) => {
        const bar = el("i");
        bar.style.height = `${bin.count ? Math.max(6, (100 * bin.count) / most) : 0}%`;
        return bar;
      }),
    );
    this.#place();
  }

  /** Ends of the scale; of the whole catalog's once seen, so that handles do not jump when other filters change. */
  get #ends() {
    const own = this.#bins.length ? [this.scale.read(this.#bins[0].low), this.scale.read(this.#bins.at(-1).high)] : null;
    this.widest ??= own;
    if (own) this.widest = [Math.min(own[0], this.widest[0]), Math.max(own[1], this.widest[1])];
    return own ?? this.widest;
  }

  #place() {
    const ends = this.#ends;
    for (const handle of [this.low, this.high]) handle.disabled = !ends;
    if (!ends) return;
    const [low, high] = range(store.screen.where, this.column.name).map((text, at) =>
      text === "" ? ends[at] : this.scale.read(text),
    );
    for (const handle of [this.low, this.high])
      Object.assign(handle, { min: Math.min(ends[0], low), max: Math.max(ends[1], high), step: this.scale.step(ends) });
    this.low.value = low;
    this.high.value = high;
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
    const [min, max] = [Number(this.low.min), Number(this.low.max)];
    const share = (value) => (max > min ? (100 * (value - min)) / (max - min) : 0);
    // Where both handles meet, the one that has somewhere to go lies on top.
    this.low.style.zIndex = share(low) > 50 ? 1 : 0;
    this.said.textContent = `${this.scale.say(low)} to ${this.scale.say(high)}`;
    this.low.setAttribute("aria-valuetext", this.scale.say(low));
    this.high.setAttribute("aria-valuetext", this.scale.say(high));
    [...this.bars.children].forEach((bar, at) => {
      const { low: from, high: to } = this.#bins[at];
      bar.classList.toggle("out", this.scale.read(to) <= low || this.scale.read(from) >= high);
    });
  }
}

const numbers = (type) => ({
  read: Number,
  write: (value) => String(Number(value.toPrecision(12))),
  say: words.short,
  step: ([low, high]) => (type === "integer" ? 1 : 10 ** Math.floor(Math.log10((high - low) / 100 || 1))),
});

/** Days since 1970. */
const days = {
  read: (text) => Math.floor(Date.parse(text) / DAY),
  write: (day) => new Date(day * DAY).toISOString().slice(0, 10),
  say: (day) => new Date(day * DAY).toISOString().slice(0, 10),
  step: () => 1,
};

customElements.define("likewise-range", LikewiseRange);
