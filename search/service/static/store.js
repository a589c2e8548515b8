/** The screen's state: one object, which is the address. Parts read it, change it, and hear of changes. */

import { read, write } from "./address.js";
import { on, settled, tell } from "./dom.js";

/** Events: `change` ({before, back}), after every change; `back` says that it is an earlier screen; `same`. */
export class Store extends EventTarget {
	constructor() {
		super();
		// Results arrive later than the browser restores; the page does it when they are there.
		history.scrollRestoration = "manual";
		this.screen = read(location.search);
		const note = () => history.replaceState({ scroll: scrollY }, "");
		on(window, "scroll", settled(note, 100));
		on(window, "popstate", () => this.#set(read(location.search), true));
		on(document, "click", (event) => this.#follow(event));
	}

	/** Change some of the screen, if it is a change; `replace` makes it no step of its own for "back". */
	go(change, { replace = false } = {}) {
		const next = { ...this.screen, ...change };
		if (write(next) === write(this.screen)) return false;
		if (replace) history.replaceState(history.state, "", write(next));
		else {
			history.replaceState({ scroll: scrollY }, "");
			history.pushState(null, "", write(next));
		}
		this.#set(next, false);
		return true;
	}

	/** Go there on somebody's wish: what stands there already may have been refused, and is told of (`same`). */
	follow(change) {
		if (!this.go(change)) tell(this, "same");
	}

	/** The address that a change would have: what links hold. */
	href = (change) => write({ ...this.screen, ...change });

	/** The change that asks for a product; likes and the part of a picture belong to the question before. */
	static product = (id) => ({ id, picture: null, rectangle: null, liked: [], disliked: [] });

	judge(id, list) {
		const other = list === "liked" ? "disliked" : "liked";
		const now = this.screen[list];
		this.go({
			[list]: now.includes(id) ? now.filter((each) => each !== id) : [...now, id],
			[other]: this.screen[other].filter((each) => each !== id),
			// Of a product, likes take all.
			...(this.screen.id && { rectangle: null }),
		});
	}

	knob(name, value, options) {
		const { [name]: _, ...rest } = this.screen.knobs;
		this.go({ knobs: value === null || value === "" ? rest : { ...rest, [name]: String(value) } }, options);
	}

	/** Whether there is something that hits are to be like: dislikes alone only leave out. */
	get asks() {
		const { id, picture, liked } = this.screen;
		return Boolean(id || picture || liked.length);
	}

	/** Whether there is anything to take back: this is no longer the start. */
	get begun() {
		return this.asks || this.screen.disliked.length > 0;
	}

	#set(screen, back) {
		const before = this.screen;
		this.screen = screen;
		tell(this, "change", { before, back });
	}

	/** Links to screens of this page need no load, unless the visitor wants another tab. */
	#follow(event) {
		const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
		if (!link?.getAttribute("href")?.startsWith("?") || event.defaultPrevented) return;
		if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		event.preventDefault();
		this.follow(read(link.search));
		scrollTo({ top: 0 });
	}
}
