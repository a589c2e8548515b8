/** What was asked: the picture, what it shows in words, what is liked and disliked. */

import { el, icon, iconButton } from "./dom.js";
import { show } from "./card.js";
import { toggled } from "./conditions.js";
import * as pictures from "./pictures.js";
import "./region.js";
import { api, catalog, store } from "./session.js";
import { Store } from "./store.js";
import { percent } from "./words.js";

const SURE = 0.2;

/** `<likewise-strip>` */
class LikewiseStrip extends HTMLElement {
  #shown = null;
  #words = [];
  #titles = new Map();

  connectedCallback() {
    if (this.region) return;
    this.region = document.createElement("likewise-region");
    this.region.addEventListener("region", ({ detail }) => store.go({ rectangle: detail.value }));
    this.picture = el("div", { class: "asked" }, this.region, iconButton("enlarge", "Enlarge the picture", { onclick: () => this.#enlarge() }));
    this.heading = el("h1", { class: "title" }, el("span", { class: "line-skeleton" }));
    this.facts = el("p", { class: "facts" });
    this.shows = el("p", { class: "shows" });
    this.mark = el("p", { class: "hint" });
    this.judged = el("div", { class: "judged" });
    this.again = el("a", { class: "icon-button again", "aria-label": "New search", title: "New search" }, icon("close"));
    this.append(this.picture, el("div", { class: "about" }, this.heading, this.facts, this.mark, this.shows, this.judged), this.again);
    store.addEventListener("change", () => this.update());
    this.update();
  }

  /** Names of products that were hits, for the thumbnails of those that are liked. */
  learn(hits, catalog) {
    for (const hit of hits) this.#titles.set(hit.id, catalog.title(hit.id, hit.payload));
  }

  /** A picture on its way to the service. */
  preview(blob) {
    this.hidden = false;
    this.#shown = null;
    this.#describe("Your picture", "");
    this.region.value = null;
    this.region.inert = true;
    this.#setImage(URL.createObjectURL(blob));
  }

  update() {
    const { id, picture, rectangle, liked, disliked } = store.screen;
    this.hidden = !store.asks;
    this.region.value = rectangle;
    this.region.inert = false;
    this.mark.textContent = rectangle ? "Asked with the marked part; a click on the picture takes it away." : "Draw over a part of the picture to search with that part.";
    this.again.setAttribute("href", store.href({ ...Store.product(null) }));
    this.#judge(liked, disliked);
    this.#pills();
    const asked = JSON.stringify(id ? { id } : picture ? { picture } : { liked: liked[0] });
    if (this.hidden || asked === this.#shown) return;
    this.#shown = asked;
    this.#words = [];
    this.#pills();
    this.picture.hidden = !id && !picture;
    this.shows.classList.toggle("expected", Boolean(picture));
    if (id) this.#product(id);
    else if (picture) this.#picture(picture);
    else this.#describe("Like what you chose", "");
  }

  /** What the picture shows, once the service has taken it. */
  async describe() {
    const { picture } = store.screen;
    if (!picture || this.#words.length || !(await catalog).can.describe) return;
    const said = await api.describeKnown(picture).catch(() => null);
    if (!said || picture !== store.screen.picture) return;
    this.#words = Object.entries(said.description)
      .map(([column, [[value, share]]]) => ({ column, value, share }))
      .filter(({ share }) => share >= SURE)
      .sort((one, other) => other.share - one.share);
    this.#pills();
  }

  async #product(id) {
    this.#setImage(null, id);
    this.#describe(this.#titles.get(id) ?? "", `No. ${id}`);
    const known = await catalog;
    const payload = await api.product(id).catch(() => null);
    if (!payload || store.screen.id !== id) return;
    const parts = [known.facts(payload), known.price(payload), `No. ${id}`];
    this.#describe(known.title(id, payload), parts.filter(Boolean).join(" · "));
  }

  #picture(picture) {
    this.#describe("Your picture", "");
    this.#setImage(pictures.show(picture));
  }

  #describe(title, facts) {
    this.heading.replaceChildren(title || el("span", { class: "line-skeleton" }));
    this.facts.textContent = facts;
  }

  #setImage(url, id = null) {
    const { image } = this.region;
    image.removeAttribute("srcset");
    image.removeAttribute("src");
    if (id) show(image, api, { id }, 640);
    else if (url) image.src = url;
    this.picture.classList.toggle("none", !id && !url);
  }

  #pills() {
    const on = store.screen.where;
    const pills = this.#words.map(({ column, value, share }) => {
      const text = `${column}=${value}`;
      return el(
        "button",
        {
          type: "button",
          class: on.includes(text) ? "chip on" : "chip",
          "aria-pressed": String(on.includes(text)),
          title: `Only ${value}`,
          onclick: () => store.go({ where: toggled(store.screen.where, column, value) }),
        },
        el("span", { text: String(value) }),
        el("span", { class: "share", text: percent(share) }),
      );
    });
    this.shows.replaceChildren(...(pills.length ? [el("span", { class: "lead", text: "Looks like" }), ...pills] : []));
  }

  #judge(liked, disliked) {
    this.judged.hidden = !liked.length && !disliked.length;
    const group = (label, list, ids, mark) =>
      ids.length && el("div", { class: "thumbs", role: "group", "aria-label": label }, icon(mark), ...ids.map((id) => this.#thumb(id, list, label)));
    this.judged.replaceChildren(
      ...[group("Liked", "liked", liked, "like"), group("Disliked", "disliked", disliked, "dislike")].filter(Boolean),
    );
  }

  #thumb(id, list, label) {
    const words = `${label}: ${this.#titles.get(id) ?? id}. Take it back`;
    const image = el("img", { alt: "", onerror: () => image.remove() });
    show(image, api, { id }, 160);
    return el("button", { type: "button", class: "thumb", title: words, "aria-label": words, onclick: () => store.judge(id, list) }, image, icon("close"));
  }

  #enlarge() {
    const region = document.createElement("likewise-region");
    const whole = el("button", { type: "button", class: "button", text: "Whole picture", onclick: () => set(null) });
    const done = el("button", { type: "button", class: "button primary", text: "Done", onclick: () => dialog.close() });
    const dialog = el(
      "dialog",
      { class: "large", "aria-label": "Mark a part of the picture", onclose: () => dialog.remove() },
      el("p", { class: "hint", text: "Draw over the part that counts: the bag, the shoe, the sleeve." }),
      region,
      el("div", { class: "actions" }, whole, done),
    );
    const set = (value) => {
      region.value = value;
      store.go({ rectangle: value });
    };
    region.addEventListener("region", ({ detail }) => set(detail.value));
    document.body.append(dialog);
    const from = this.region.image;
    region.image.src = from.currentSrc || from.src;
    region.value = store.screen.rectangle;
    dialog.showModal();
    region.focus();
  }
}

customElements.define("likewise-strip", LikewiseStrip);
