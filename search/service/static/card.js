/** A product: its picture whole on white, its name, its price, how alike it is. */

import { inWords } from "./conditions.js";
import { el, icon, on } from "./dom.js";
import { percent } from "./words.js";

customElements.define("likewise-card", class extends HTMLElement {
	/**
	 * Show a hit: `how` has the `catalog`, the `api` that pictures come from, the `href` it leads to, whether it stands on
	 * the first screen (`soon`), whether to say how alike it is (`scores`), and what hears of likes (`judge`), of which
	 * there are some (`judged`).
	 */
	show(hit, how) {
		this.hit = hit;
		const title = how.catalog.title(hit.id, hit.payload);
		this.setAttribute("part", "card");
		this.replaceChildren(el("div.tile", { part: "tile" }, this.#picture(hit, how)), this.#text(title, hit, how));
		if (how.judge) this.append(this.#buttons(title, how));
		return this;
	}

	get link() {
		return this.querySelector(".title");
	}

	#picture(hit, { catalog, api, soon }) {
		if (catalog.can.images === false) return missing();
		const image = el("img", {
			alt: "",
			decoding: "async",
			loading: soon ? "eager" : "lazy",
			part: "picture",
			onerror: () => image.replaceWith(missing()),
		});
		if (soon) image.fetchPriority = "high";
		show(image, api, hit);
		return image;
	}

	#text(title, hit, { catalog, href, scores = true }) {
		const price = catalog.price(hit.payload);
		const notes = [hit.rule, hit.dropped?.length ? `Not ${hit.dropped.map(inWords).join(", ")}` : ""].filter(Boolean).join(" · ");
		return el(
			"div.text",
			{},
			el(href ? "a.title" : "span.title", { part: "link", title, href }, title),
			price ? el("span.price", { part: "price" }, price) : el("span.facts", { part: "facts" }, catalog.facts(hit.payload)),
			scores && hit.score !== null
				? el("span.score", { part: "score", title: `Similarity ${hit.score.toFixed(3)}`, text: alike(hit.score) })
				: null,
			notes ? el("span.note", notes) : null,
		);
	}

	#buttons(title, { judge, judged = {} }) {
		const toggle = (mark, list, words) =>
			el(
				`button.${mark}`,
				{ title: words, ariaLabel: `${words}: ${title}`, ariaPressed: String(Boolean(judged[list])), onclick: () => judge(list) },
				icon(mark),
			);
		return el("div.judge", toggle("like", "liked", "More like this"), toggle("dislike", "disliked", "Less like this"));
	}
});

const missing = () => icon("", "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01");

/** Scores of several likes at once need not end at one. */
const alike = (score) => (score > 1 ? score.toFixed(2) : percent(Math.max(score, 0)));

/** Put a product's picture into an `img`, sharp on dense screens. */
export async function show(image, api, { id, image: ref }, size = 320) {
	if (!api.locked) {
		if (size < 640) image.srcset = `${api.imageUrl(id, size, ref)} 1x, ${api.imageUrl(id, size * 2, ref)} 2x`;
		image.src = api.imageUrl(id, size, ref);
		return;
	}
	// An address cannot carry the key.
	const blob = await api.image(id, size, ref).catch(() => null);
	if (!blob) {
		image.dispatchEvent(new Event("error"));
		return;
	}
	on(image, "load", () => URL.revokeObjectURL(image.src), { once: true });
	image.src = URL.createObjectURL(blob);
}
