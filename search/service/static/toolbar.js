/** Above the grid: how many products there are, and how varied the hits are to be. */

import { el, settled } from "./dom.js";
import { api, store } from "./session.js";
import { percent, products, count } from "./words.js";

/** `<likewise-toolbar>` */
class LikewiseToolbar extends HTMLElement {
  #counted = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    this.total = el("p", { class: "total" }, "\u00a0");
    this.slider = el("input", { type: "range", class: "slider", min: 0, max: 1, step: 0.1, value: 0, "aria-label": "From alike to varied" });
    this.varied = el("div", { class: "varied" }, el("span", { text: "alike" }), this.slider, el("span", { text: "varied" }));
    this.slider.addEventListener("input", settled(() => this.#chosen(), 200));
    this.append(this.total, this.varied);
    store.addEventListener("change", () => this.#place());
    this.#place();
  }

  /** How many products the hits come from. */
  async count(answer, catalog) {
    this.varied.hidden = !store.asks || !catalog.takes("diversity");
    const { where } = store.screen;
    const key = JSON.stringify(where);
    if (!where.length) this.#counted.set(key, catalog.size);
    else if (answer.total !== undefined) this.#counted.set(key, answer.total);
    if (!this.#counted.has(key)) {
      const found = await api.products({ where, limit: 1 }).catch(() => null);
      if (found) this.#counted.set(key, found.total);
    }
    if (JSON.stringify(store.screen.where) !== key) return;
    const total = this.#counted.get(key) ?? catalog.size;
    this.total.textContent = where.length ? `${count(total)} of ${products(catalog.size)}` : products(total);
  }

  /** Counts of another version. */
  forget() {
    this.#counted.clear();
  }

  #chosen() {
    store.knob("diversity", Number(this.slider.value) || null);
  }

  #place() {
    this.slider.value = store.screen.knobs.diversity ?? 0;
    this.slider.setAttribute("aria-valuetext", `${percent(Number(this.slider.value))} varied`);
    this.varied.hidden = !store.asks;
  }
}

customElements.define("likewise-toolbar", LikewiseToolbar);
