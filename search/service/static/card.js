/** A product: its picture whole on white, its name, its price, how alike it is. */

import { inWords } from "./conditions.js";
import { el, icon } from "./dom.js";
import { percent } from "./words.js";

/**
 * `<likewise-card>`; the page's grid and the widget show their hits with it.
 *
 * Its `part`s are `card`, `tile`, `picture`, `link`, `price`, `facts` and `score`.
 */
export class LikewiseCard extends HTMLElement {
  /**
   * @param {{id: string, score: number|null, payload: object, image?: string, rule?: string, dropped?: string[]}} hit
   * @param {object} how
   * @param {import("./catalog.js").Catalog} how.catalog
   * @param {import("./api.js").Api} how.api where the picture comes from
   * @param {string|null} how.href where the card leads
   * @param {boolean} [how.soon] whether the picture is on the first screen
   * @param {boolean} [how.scores] whether to say how alike it is
   * @param {(list: "liked"|"disliked") => void} [how.judge] without it there is nothing to like
   * @param {object} [how.judged] `{liked, disliked}`
   */
  show(hit, how) {
    this.hit = hit;
    const title = how.catalog.title(hit.id, hit.payload);
    this.setAttribute("part", "card");
    this.replaceChildren(el("div", { class: "tile", part: "tile" }, this.#picture(hit, how)), this.#text(title, hit, how));
    if (how.judge) this.append(this.#buttons(title, how));
    return this;
  }

  /** Show what the visitor thinks of it. */
  judged({ liked = false, disliked = false }) {
    const [yes, no] = this.querySelectorAll(".judge button");
    yes?.setAttribute("aria-pressed", String(liked));
    no?.setAttribute("aria-pressed", String(disliked));
  }

  get link() {
    return this.querySelector(".title");
  }

  #picture(hit, { catalog, api, soon }) {
    if (catalog.can.images === false) return icon("picture");
    const image = el("img", {
      alt: "",
      decoding: "async",
      loading: soon ? "eager" : "lazy",
      part: "picture",
      onerror: () => image.replaceWith(icon("picture")),
    });
    if (soon) image.fetchPriority = "high";
    show(image, api, hit);
    return image;
  }

  #text(title, hit, { catalog, href, scores = true }) {
    const price = catalog.price(hit.payload);
    const notes = [hit.rule, hit.dropped?.length ? `Not ${hit.dropped.map(inWords).join(", ")}` : ""].filter(Boolean).join(" · ");
    return el(
      "div",
      { class: "text" },
      el(href ? "a" : "span", { class: "title", part: "link", text: title, title, href }),
      el("span", price ? { class: "price", part: "price", text: price } : facts(catalog, hit)),
      scores && hit.score !== null
        ? el("span", { class: "score", part: "score", title: `Similarity ${hit.score.toFixed(3)}`, text: alike(hit.score) })
        : null,
      notes ? el("span", { class: "note", text: notes }) : null,
    );
  }

  #buttons(title, { judge, judged = {} }) {
    const button = (name, list, words) =>
      el(
        "button",
        {
          type: "button",
          class: name === "like" ? "yes" : "no",
          title: words,
          "aria-label": `${words}: ${title}`,
          "aria-pressed": String(Boolean(judged[list])),
          onclick: () => judge(list),
        },
        icon(name),
      );
    return el(
      "div",
      { class: "judge" },
      button("like", "liked", "More like this"),
      button("dislike", "disliked", "Less like this"),
    );
  }
}

const facts = (catalog, hit) => ({ class: "facts", part: "facts", text: catalog.facts(hit.payload) });

/** Scores of several likes at once need not end at one. */
const alike = (score) => (score > 1 ? score.toFixed(2) : percent(Math.max(score, 0)));

/** Put a product's picture into an `img`, sharp on dense screens. */
export async function show(image, api, { id, image: ref }, size = 320) {
  if (!api.locked) {
    image.srcset = `${api.imageUrl(id, size, ref)} 1x, ${api.imageUrl(id, Math.min(size * 2, 640), ref)} 2x`;
    image.src = api.imageUrl(id, size, ref);
    return;
  }
  // An address cannot carry the key.
  const blob = await api.image(id, size, ref).catch(() => null);
  if (!blob) {
    image.dispatchEvent(new Event("error"));
    return;
  }
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.src = URL.createObjectURL(blob);
}

customElements.define("likewise-card", LikewiseCard);
