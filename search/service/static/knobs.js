/** "More": the options of a search, each with a sentence about what it does to the answer. */

import { el } from "./dom.js";
import { catalog, store } from "./session.js";
import { name, percent } from "./words.js";

const SEVERAL = 1;

/** Options of a list: what it is called and what it means in an address. */
const lists = {
  probe: {
    title: "Where to look",
    says: "The catalog lies in groups of like products. More groups find more, a little slower.",
    choices: () => [["", "Nearest group"], ["2", "2 groups"], ["4", "4 groups"], ["all", "Everywhere"]],
  },
  threshold: {
    title: "How alike at least",
    says: "Shows nothing rather than what is less alike than this.",
    choices: (catalog) => [
      ["", "Anything"],
      ...(catalog.can.threshold === null ? [] : [["confident", `Surely alike (${percent(catalog.can.threshold)})`]]),
      ["0.5", "50 %"], ["0.7", "70 %"], ["0.8", "80 %"], ["0.9", "90 %"],
    ],
  },
  group_by: {
    title: "One of each",
    says: "Of the products that share this, only the most alike is shown.",
    choices: (catalog) => [["", "Show all"], ...catalog.filters.filter(isText).map((column) => [column.name, name(column.name)])],
  },
  distinct: {
    title: "Near-duplicates",
    says: "Products that look this much alike among themselves take one place.",
    choices: () => [["", "Show all"], ["0.99", "Hide the same picture"], ["0.95", "Hide near-duplicates"], ["0.9", "Hide what is close"]],
  },
  boost: {
    title: "First",
    says: "Moves these up among what is alike; hides nothing.",
    choices: (catalog) => [["", "Most alike"], ...catalog.filters.flatMap(boosts)],
  },
};

const isText = (column) => column.type === "text";

/** Ways to sort by a column without leaving out anything. */
function boosts({ name: column, type }) {
  const words = name(column);
  if (type === "bool") return [[column, `${words} first`]];
  if (type === "datetime") return [[column, `Newest first (${words.toLowerCase()})`]];
  if (type === "integer" || type === "float")
    return [[`-${column}`, `Low ${words.toLowerCase()} first`], [column, `High ${words.toLowerCase()} first`]];
  return [];
}

/** `<likewise-knobs>` */
class LikewiseKnobs extends HTMLElement {
  async connectedCallback() {
    if (this.#started) return;
    this.#started = true;
    const known = await catalog.catch(() => null);
    if (known) this.build(known);
    store.addEventListener("change", () => this.#update());
  }

  build(catalog) {
    this.#fields = new Map();
    const shown = Object.entries(lists).filter(([option]) => catalog.takes(option)).map(([option, list]) => this.#list(option, list, catalog));
    if (catalog.can.prior !== null && catalog.takes("prior")) shown.splice(1, 0, this.#prior(catalog.can.prior));
    if (catalog.takes("fallback")) shown.push(this.#fallback());
    const used = Object.keys(store.screen.knobs).some((option) => option !== "diversity");
    const node = el("details", { class: "group", open: used }, el("summary", {}, el("span", { text: "More" })), ...shown.filter(Boolean));
    this.replaceChildren(node);
    this.#update();
  }

  #started = false;
  #fields = new Map();

  #list(option, { title, says, choices }, catalog) {
    const found = choices(catalog);
    if (found.length <= SEVERAL) return null;
    const field = el("select", { class: "field small" }, ...found.map(([value, text]) => el("option", { value, text })));
    field.addEventListener("change", () => store.knob(option, field.value));
    this.#fields.set(option, (value = "") => {
      // An address may hold a value that is not offered.
      if (![...field.options].some((each) => each.value === value)) field.append(el("option", { value, text: value }));
      field.value = value;
    });
    return knob(title, says, field);
  }

  /** How much the attributes that the picture seems to have count. */
  #prior(own) {
    const field = el("input", { type: "range", class: "slider", min: 0, max: 1, step: 0.05, value: own });
    field.addEventListener("change", () => store.knob("prior", Number(field.value) === own ? null : field.value));
    this.#fields.set("prior", (value) => {
      field.value = value ?? own;
      field.setAttribute("aria-valuetext", percent(Number(field.value)));
    });
    return knob("Same kind", "How much the kind of product counts beside its looks; at the left only looks count.", field);
  }

  #fallback() {
    const field = el("input", { type: "checkbox" });
    field.addEventListener("change", () => store.knob("fallback", field.checked ? "true" : null));
    this.#fields.set("fallback", (value) => (field.checked = value === "true"));
    return el(
      "div",
      { class: "knob" },
      el("label", { class: "value" }, field, el("span", { class: "name", text: "Fill up" })),
      el("p", { class: "hint", text: "When too few products are left, the filter chosen last gives way." }),
    );
  }

  #update() {
    for (const [option, place] of this.#fields) place(store.screen.knobs[option]);
  }
}

function knob(title, says, field) {
  const id = `says-${title.replace(/\W+/g, "-").toLowerCase()}`;
  field.setAttribute("aria-describedby", id);
  return el("div", { class: "knob" }, el("label", {}, el("span", { class: "label", text: title }), field), el("p", { class: "hint", id, text: says }));
}

customElements.define("likewise-knobs", LikewiseKnobs);
