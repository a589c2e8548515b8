/**
 * `<likewise-similar product="15970">`: the products most like one, on a shop's own page.
 *
 * Attributes
 *   product   id of the product that is shown beside it
 *   k         how many, 6 unless said
 *   src       address of the service, with its path prefix; that of this script unless said
 *   heading   what stands above; empty for nothing
 *   href      where a card leads: `/p/{id}`; the service's own page unless said
 *   where     conditions, several divided by `;`: `gender=Men; price<50`
 *   token     key of the service
 *   scores    whether to show how alike they are
 *   and `probe`, `prior`, `threshold`, `diversity`, `group_by`, `distinct`, `boost`, `fallback` as searches take them.
 *
 * Events, which bubble out of it: `likewise:shown` ({hits}) and `likewise:click` ({id, payload, position}), which may be
 * prevented. Where the service is away, or has nothing, there is nothing to see.
 *
 * A shop styles it with `likewise-similar::part(heading | list | item | card | tile | picture | link | price | facts |
 * score)` and with the custom properties of `tokens.css`; `--lw-columns` and `--lw-gap` are its own.
 */

import { Api } from "./api.js";
import { wear } from "./card-look.js";
import "./card.js";
import { Catalog } from "./catalog.js";
import { el, on } from "./dom.js";

const HERE = new URL("../", import.meta.url);
const OPTIONS = ["probe", "prior", "threshold", "diversity", "group_by", "distinct", "boost", "fallback"];
const WATCHED = ["product", "k", "src", "where", "href", "heading", "token", "scores", ...OPTIONS];

const look = new CSSStyleSheet();
look.replaceSync(`
:host { display: block; font: inherit; color: inherit; }
:host([hidden]), :host(.away) { display: none; }
h2 { margin: 0 0 16px; font: inherit; font-size: 1.25em; font-weight: 600; }
ul {
  display: grid;
  grid-template-columns: repeat(var(--lw-columns, auto-fill), minmax(min(144px, 45%), 1fr));
  gap: var(--lw-gap, 16px);
  margin: 0;
  padding: 0;
  list-style: none;
}
.skeleton { aspect-ratio: var(--lw-tile-shape, 1); margin-bottom: 48px; border-radius: var(--lw-radius, 8px); background: var(--lw-skeleton, rgb(127 127 127 / 12%)); }
`);

/** Services that several widgets of a page ask: one schema for all of them. */
const services = new Map();

function service(src, token) {
  const key = `${src} ${token}`;
  if (!services.has(key)) {
    const api = new Api(src, { token, tries: 3 });
    const catalog = api.schema().then((schema) => new Catalog(schema));
    services.set(key, { api, catalog });
    // One that was away may be back when the next widget asks.
    catalog.catch(() => services.delete(key));
  }
  return services.get(key);
}

export class LikewiseSimilar extends HTMLElement {
  static observedAttributes = WATCHED;

  #asking = null;
  #seen = false;
  #due = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [look];
    wear(root);
  }

  connectedCallback() {
    this.classList.remove("away");
    this.#wait();
    // Nothing is asked before somebody comes near.
    this.near = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#near(), { rootMargin: "400px" });
    this.near.observe(this);
  }

  disconnectedCallback() {
    this.near.disconnect();
    this.#asking?.abort();
  }

  attributeChangedCallback() {
    if (!this.#seen || this.#due) return;
    // Several attributes that change together are one question.
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#ask();
    });
  }

  get #k() {
    return Math.max(1, Number.parseInt(this.getAttribute("k"), 10) || 6);
  }

  #near() {
    this.near.disconnect();
    this.#seen = true;
    this.#ask();
  }

  async #ask() {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const product = this.getAttribute("product");
    try {
      if (!product) throw new Error("No product.");
      const { api, catalog } = service(this.#src, this.getAttribute("token") ?? "");
      const [answer, known] = await Promise.all([api.similar(product, this.#params(), asking.signal), catalog]);
      if (!answer.hits.length) throw new Error("No hits.");
      this.#show(answer.hits, api, known);
    } catch (error) {
      // A shop's page has nothing to say about our troubles.
      if (error.name !== "AbortError") this.#away();
    }
  }

  #params() {
    const where = (this.getAttribute("where") ?? "").split(";").map((text) => text.trim()).filter(Boolean);
    const options = OPTIONS.filter((name) => this.hasAttribute(name)).map((name) => [name, this.getAttribute(name) || "true"]);
    return { k: this.#k, where, ...Object.fromEntries(options) };
  }

  #wait() {
    const shapes = Array.from({ length: this.#k }, () => el("li.skeleton"));
    this.shadowRoot.replaceChildren(...this.#heading(), el("ul", { part: "list", ariaHidden: "true" }, ...shapes));
  }

  #away() {
    this.classList.add("away");
    this.shadowRoot.replaceChildren();
  }

  #show(hits, api, catalog) {
    this.classList.remove("away");
    const scores = this.hasAttribute("scores");
    const items = hits.map((hit, position) => {
      const card = document.createElement("likewise-card").show(hit, { catalog, api, scores, href: this.#href(hit.id) });
      on(card.link, "click", (event) => this.#clicked(event, hit, position));
      return el("li", { part: "item" }, card);
    });
    const list = el("ul", { part: "list", role: "list", ariaLabel: this.#title || "Similar products" }, ...items);
    this.shadowRoot.replaceChildren(...this.#heading(), list);
    this.#tell("likewise:shown", { hits });
  }

  /** The service's address: on the shop's page it may be relative, and with or without its last slash. */
  get #src() {
    const src = new URL(this.getAttribute("src") || HERE, document.baseURI);
    if (!src.pathname.endsWith("/")) src.pathname += "/";
    return src.href;
  }

  get #title() {
    return this.getAttribute("heading") ?? "Looks like this";
  }

  #heading() {
    return this.#title ? [el("h2", { part: "heading", text: this.#title })] : [];
  }

  #href(id) {
    const name = encodeURIComponent(id);
    const pattern = this.getAttribute("href");
    return pattern ? pattern.replaceAll("{id}", name) : new URL(`?id=${name}`, this.#src).href;
  }

  #clicked(event, { id, payload }, position) {
    if (!this.#tell("likewise:click", { id, payload, position })) event.preventDefault();
  }

  #tell(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

customElements.define("likewise-similar", LikewiseSimilar);
