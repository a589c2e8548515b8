/** The hits: cards of equal size, more of them on scrolling, the arrow keys between them. */

import { el, on } from "./dom.js";
import { wear } from "./card-look.js";
import "./card.js";
import { api, search, store } from "./session.js";
import { Store } from "./store.js";

const ON_THE_FIRST_SCREEN = 6;

customElements.define("likewise-grid", class extends HTMLElement {
	connectedCallback() {
		wear(document);
		[this.list, this.more] = ["ul", "button"].map((place) => this.querySelector(place));
		on(this.more, "click", () => {
			this.#pressed = true;
			search.more();
		});
		on(this, "keydown", (event) => this.#key(event));
		// Cards outlive the screen that they were drawn for.
		on(store, "change", () => this.#cards.forEach(({ hit, link }) => (link.href = store.href(Store.product(hit.id)))));
		this.near = new IntersectionObserver(([seen]) => seen.isIntersecting && search.more(), { rootMargin: "800px" });
		this.wait();
	}

	wait() {
		this.#focused = this.#focusedCard ?? this.#focused;
		if (this.ariaBusy) return;
		this.ariaBusy = "true";
		this.more.hidden = true;
		this.list.replaceChildren(
			...Array.from({ length: 12 }, () => el("li.skeleton", { ariaHidden: "true" }, el("i"), el("b"), el("b"))),
		);
	}

	show(answer, added, catalog) {
		this.ariaBusy = null;
		const focused = added ? null : this.#focusedCard ?? this.#focused;
		this.#focused = null;
		const cards = (added ?? answer.hits).map((hit, at) => this.#item(hit, catalog, !added && at < ON_THE_FIRST_SCREEN));
		if (added) this.list.append(...cards);
		else this.list.replaceChildren(...cards);
		this.more.hidden = !answer.next;
		// It tells of changes only, and on a wide screen the button may be as near as before.
		this.near.unobserve(this.more);
		this.near.observe(this.more);
		// The button that was pressed moves down; who pressed it goes on with what is new.
		if (added && this.#pressed) this.#cards.at(-added.length)?.link.focus({ preventScroll: true });
		this.#pressed = false;
		// Who has gone on to something else meanwhile stays there.
		if (focused && document.activeElement === document.body) this.#focusAgain(focused);
	}

	clear() {
		this.ariaBusy = null;
		this.list.replaceChildren();
		this.more.hidden = true;
	}

	/** The card that had the focus when the skeletons took its place. */
	#focused = null;
	#pressed = false;

	get #focusedCard() {
		return this.contains(document.activeElement) ? document.activeElement.closest("likewise-card") : null;
	}

	get #cards() {
		return [...this.list.querySelectorAll("likewise-card")];
	}

	#item(hit, catalog, soon) {
		const { liked, disliked } = store.screen;
		const card = document.createElement("likewise-card").show(hit, {
			catalog,
			api,
			soon,
			href: store.href(Store.product(hit.id)),
			judge: (list) => store.judge(hit.id, list),
			judged: { liked: liked.includes(hit.id), disliked: disliked.includes(hit.id) },
		});
		return el("li", card);
	}

	/** After a like the list is another one: the focus stays on the product, or where it was. */
	#focusAgain(before) {
		const cards = this.#cards;
		const same = cards.find((card) => card.hit.id === before.hit.id);
		(same ?? cards[0])?.link.focus({ preventScroll: true });
	}

	#key(event) {
		const card = event.target.closest("likewise-card");
		if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
		const lists = { l: "liked", d: "disliked" };
		if (lists[event.key]) store.judge(card.hit.id, lists[event.key]);
		else if (!this.#move(card, event.key)) return;
		event.preventDefault();
	}

	#move(card, key) {
		const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
		const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
		const cards = this.#cards;
		const next = step && cards[cards.indexOf(card) + step];
		next?.link.focus();
		return Boolean(next);
	}
});
