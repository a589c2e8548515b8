/** What the page says where hits would be: too few, none, a refused picture, a fault; and what works instead. */

import { el, icon } from "./dom.js";
import { inWords, without } from "./conditions.js";
import { smaller } from "./pictures.js";
import { store } from "./session.js";
import { Store } from "./store.js";
import { percent, products } from "./words.js";

const SMALLER = 1600;
const KINDS = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/gif": "GIF", "image/heic": "HEIC" };

/** `<likewise-status>`; fires `choose`, `picture` ({blob}), `retry` and `key` ({key}). */
class LikewiseStatus extends HTMLElement {
  clear() {
    this.hidden = true;
    this.removeAttribute("data-state");
    this.replaceChildren();
  }

  /** An answer with fewer hits than were asked for; nothing to say about others. */
  answered(answer) {
    const { short, fallback, hits } = answer;
    if (!hits.length) return this.#say("empty", icon("search"), "Nothing found", this.#why(), this.#without(short));
    if (fallback?.dropped?.length)
      return this.#say("short", null, "Too few products meet every filter", `These were left out to fill the list: ${fallback.dropped.map(inWords).join(", ")}.`);
    const held = short?.without?.length ? this.#without(short) : null;
    if (!held) return this.clear();
    return this.#say("short", null, `Only ${products(hits.length)} left`, "A filter holds the list back. Without it there would be more:", held);
  }

  /** An error of the service. */
  failed(error, { blob, catalog }) {
    const limits = catalog?.limits ?? {};
    if (error.type === "PictureForgottenError") return this.#forgotten();
    if (error.status === 413) return this.#large(error, blob, limits);
    if (error.type === "ImageError" || error.status === 415) return this.#refused(error, limits);
    if (error.status === 404 && store.screen.id) return this.#unknown(error);
    if (error.status === 401) return this.#locked();
    return this.#say("fault", null, "That did not work", error.message, this.#actions(this.#button("Try again", "retry", true), newSearch()));
  }

  /** An address of a picture that nobody may follow. */
  refusedAddress(error) {
    const why = `${sentence(error.message)} Save the picture and drop the file, or copy the picture itself and paste it here.`;
    this.#say("refused", icon("picture"), "The picture at that address cannot be fetched", why, this.#actions(this.#button("Choose a picture", "choose", true)));
  }

  #refused(error, limits) {
    this.#say("refused", icon("picture"), "This picture cannot be read", `${sentence(error.message)} ${works(limits)}`, this.#actions(this.#button("Choose another picture", "choose", true)));
  }

  #large(error, blob, limits) {
    const copy = blob && el("button", { type: "button", class: "button primary", text: "Use a smaller copy", onclick: () => this.#shrink(blob) });
    this.#say("large", icon("picture"), "This picture is too large", `${sentence(error.message)} ${works(limits)}`, this.#actions(copy, this.#button("Choose another picture", "choose", !copy)));
  }

  #forgotten() {
    const why = "Pictures are kept for a short time only, and this one is gone. Give it once more: filters, likes and everything else stay.";
    this.#say("forgotten", icon("picture"), "Show the picture again", why, this.#actions(this.#button("Choose the picture", "choose", true), newSearch()));
  }

  #unknown(error) {
    this.#say("unknown", icon("search"), `No product ${store.screen.id}`, sentence(error.message.split(";")[0]), this.#actions(newSearch()));
  }

  #locked() {
    const field = el("input", { type: "password", class: "field", "aria-label": "Key", autocomplete: "current-password", required: true });
    const form = el("form", { class: "by-id" }, field, el("button", { class: "button primary", text: "Open" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("key", { detail: { key: field.value } }));
    });
    this.#say("locked", null, "This service asks for a key", "Whoever runs it has one. It stays in this tab.", form);
  }

  async #shrink(blob) {
    const copy = await smaller(blob, SMALLER).catch(() => null);
    if (copy) this.dispatchEvent(new CustomEvent("picture", { detail: { blob: copy } }));
    else this.#refused({ message: "This browser cannot read the picture either." }, {});
  }

  #why() {
    const { threshold } = store.screen.knobs;
    if (threshold) return `No product is ${threshold === "confident" ? "surely" : `${percent(Number(threshold))}`} alike.`;
    return store.screen.where.length ? "No product meets all of these filters." : "The catalog has nothing like it.";
  }

  /** What each filter holds back. */
  #without(short) {
    const rows = (short?.without ?? []).filter(({ count }) => count > 0).map(({ condition, count }) =>
      el(
        "li",
        {},
        el("button", { type: "button", class: "without", onclick: () => drop(condition) }, el("span", { text: `Without ${inWords(condition)}` }), el("span", { class: "number", text: products(count) }), icon("close")),
      ),
    );
    const { threshold } = store.screen.knobs;
    if (threshold) rows.push(el("li", {}, el("button", { type: "button", class: "without", text: "However alike", onclick: () => store.knob("threshold", null) })));
    if (!rows.length && store.screen.where.length)
      rows.push(el("li", {}, el("button", { type: "button", class: "without", text: "Clear all filters", onclick: () => store.go({ where: [] }) })));
    return rows.length ? el("ul", { class: "withouts", role: "list" }, ...rows) : null;
  }

  #button(text, event, primary) {
    return el("button", { type: "button", class: primary ? "button primary" : "button", text, onclick: () => this.dispatchEvent(new CustomEvent(event)) });
  }

  #actions = (...children) => el("div", { class: "actions" }, ...children);

  #say(state, mark, title, text, ...more) {
    this.hidden = false;
    this.dataset.state = state;
    // Where nothing was asked that could be shown, this is what the page is about.
    const heading = el(state === "short" || state === "empty" ? "h2" : "h1", { text: title });
    this.replaceChildren(...[mark && el("div", { class: "mark" }, mark), heading, el("p", { text }), ...more].filter(Boolean));
  }
}

const drop = (condition) => store.go({ where: without(store.screen.where, condition) });

const newSearch = () => el("a", { class: "button", href: store.href(Store.product(null)), text: "New search" });

/** What the service says, without its word for programs, as a sentence. */
function sentence(text) {
  const plain = text.replace(/^[a-z-]+: /, "");
  return `${plain[0]?.toUpperCase() ?? ""}${plain.slice(1)}${/[.!?]$/.test(plain) ? "" : "."}`;
}

function works({ bytes, types }) {
  const kinds = [...new Set((types ?? []).map((type) => KINDS[type] ?? type.replace("image/", "").toUpperCase()))];
  const list = kinds.length > 1 ? `${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}` : kinds[0] ?? "JPEG, PNG or WebP";
  return `What works: a ${list}${bytes ? ` of up to ${Math.round(bytes / 2 ** 20)} MB` : ""}.`;
}

customElements.define("likewise-status", LikewiseStatus);
