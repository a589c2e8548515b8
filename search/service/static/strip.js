/** What was asked: the picture, what it shows in words, what is liked and disliked. */

import { el, icon, on, redraw } from "./dom.js";
import { show } from "./card.js";
import { toggled } from "./conditions.js";
import * as pictures from "./pictures.js";
import "./region.js";
import { api, catalog, store } from "./session.js";
import { Store } from "./store.js";
import { percent } from "./words.js";

const SURE = 0.3;

customElements.define("likewise-strip", class extends HTMLElement {
	#shown = null;
	#words = [];
	#titles = new Map();
	#preview = null;

	connectedCallback() {
		const names = { picture: ".asked", region: "likewise-region", heading: "h1", facts: ".facts", mark: ".hint" };
		for (const [name, place] of Object.entries({ ...names, shows: ".shows", judged: ".judged", again: "a" }))
			this[name] = this.querySelector(place);
		this.enlarge = this.querySelector("button");
		this.#enlarges(this.enlarge, document.getElementById("large"));
		on(this.region, "region", ({ detail }) => store.go({ rectangle: detail.value }));
		on(store, "change", () => this.update());
		this.update();
	}

	/** Names of products that were hits, for the thumbnails of those that are liked. */
	learn(hits, catalog) {
		this.can = catalog.can;
		for (const hit of hits) this.#titles.set(hit.id, catalog.title(hit.id, hit.payload));
	}

	preview(blob) {
		this.#shown = null;
		this.#describe("Your picture", "");
		this.region.value = null;
		this.#say("");
		this.picture.hidden = false;
		this.#setImage(URL.createObjectURL(blob));
		this.#preview = this.region.image.src;
	}

	/** Another version of the catalog may say something else. */
	renew() {
		this.#shown = null;
		this.update();
	}

	update() {
		const { id, picture, rectangle, liked, disliked } = store.screen;
		this.region.value = rectangle;
		const { images, pictures: looks } = this.can ?? {};
		// The policy lets nobody show what lies on another host.
		if (picture && !pictures.show(picture)) this.#say("elsewhere");
		else if (looks === false || !(id ? images !== false : picture)) this.#say("");
		else if (id && liked.length + disliked.length) this.#say("whole");
		else this.#say(rectangle ? "part" : "draw", true);
		this.again.href = store.href(Store.product(null));
		this.#judge(store.screen);
		this.#pills();
		const asked = JSON.stringify(id ? { id } : picture ? { picture } : { liked: liked.length });
		if (!store.begun || asked === this.#shown) return null;
		this.#shown = asked;
		this.#words = [];
		this.#pills();
		this.picture.hidden = !id && !picture;
		this.shows.classList.toggle("expected", Boolean(picture));
		if (id) return this.#product(id);
		this.#setImage(picture && pictures.show(picture));
		return this.#describe(picture ? "Your picture" : liked.length ? "Like what you chose" : "Without what you disliked", "");
	}

	/** One of the sentences about the picture, on which a part may be marked or not. */
	#say(hint, markable = false) {
		for (const each of this.mark.children) each.hidden = each.dataset.hint !== hint;
		this.region.inert = this.enlarge.hidden = !markable;
	}

	/** What the picture shows, once the service has taken it. */
	async describe() {
		const { picture } = store.screen;
		if (!picture || this.#words.length || !(await catalog.catch(() => null))?.can.describe) return;
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
		const known = await catalog.catch(() => null);
		const payload = known && (await api.product(id).catch(() => null));
		if (!payload || store.screen.id !== id) return;
		const parts = [known.facts(payload), known.price(payload), `No. ${id}`];
		this.#describe(known.title(id, payload), parts.filter(Boolean).join(" · "));
	}

	#describe(title, facts) {
		this.heading.replaceChildren(title || el("span.line-skeleton"));
		this.facts.textContent = facts;
	}

	#setImage(url, id = null) {
		const { image } = this.region;
		URL.revokeObjectURL(this.#preview);
		if (id) show(image, api, { id }, 640);
		else if (url) image.src = url;
		else image.removeAttribute("src");
	}

	#pills() {
		const { where } = store.screen;
		const pills = this.#words.map(({ column, value, share }) => {
			const on = where.includes(`${column}=${value}`);
			const filter = () => store.go({ where: toggled(store.screen.where, column, value) });
			return el(
				on ? "button.chip.on" : "button.chip",
				{ ariaPressed: String(on), title: `Only ${value}`, onclick: filter },
				el("span", String(value)),
				el("span.share", percent(share)),
			);
		});
		redraw(this.shows, ...(pills.length ? [el("span.lead", "Looks like"), ...pills] : []));
	}

	#judge({ liked, disliked }) {
		const group = (label, list, ids, mark) =>
			ids.length &&
			el("div.thumbs", { role: "group", ariaLabel: label }, icon(mark), ...ids.map((id) => this.#thumb(id, list, label)));
		const groups = [group("Liked", "liked", liked, "like"), group("Disliked", "disliked", disliked, "dislike")];
		redraw(this.judged, ...groups.filter(Boolean));
	}

	#thumb(id, list, label) {
		const words = `${label}: ${this.#titles.get(id) ?? id}. Take it back`;
		const image = el("img", { alt: "", onerror: () => image.remove() });
		show(image, api, { id }, 160);
		return el("button.thumb", { title: words, ariaLabel: words, onclick: () => store.judge(id, list) }, image, icon("close"));
	}

	/** The same picture in a dialog, for fingers. */
	#enlarges(opener, dialog) {
		const region = dialog.querySelector("likewise-region");
		const set = (value) => {
			region.value = value;
			store.go({ rectangle: value });
		};
		on(region, "region", ({ detail }) => set(detail.value));
		on(dialog.querySelector("[data-whole]"), "click", () => set(null));
		on(opener, "click", () => {
			const from = this.region.image;
			region.image.src = from.currentSrc || from.src;
			region.value = store.screen.rectangle;
			dialog.showModal();
			region.focus();
		});
	}
});
