/** What the page says where hits would be: too few, none, a refused picture, a fault; and what works instead. */

import { inWords, plain } from "./conditions.js";
import { el, icon, on, redraw, tell } from "./dom.js";
import { smaller } from "./pictures.js";
import { store } from "./session.js";
import { Store } from "./store.js";
import { percent, products } from "./words.js";

/** Options that hold hits back, and what it is to do without them. */
const LOOSER = { threshold: "However alike", group_by: "Several of each", distinct: "Near-duplicates too" };

const SMALLER = 1600;

/** `<likewise-status>`; fires `choose`, `picture` ({blob}) and `retry`. */
customElements.define("likewise-status", class extends HTMLElement {
	connectedCallback() {
		on(this, "click", ({ target }) => {
			const { does } = target.dataset;
			if (does === "smaller") this.#smaller();
			else if (does) tell(this, does);
		});
	}

	clear() {
		this.hidden = true;
		delete this.dataset.state;
		redraw(this);
	}

	/** An answer with fewer hits than were asked for; nothing to say about others. */
	answered({ short, fallback, hits }) {
		const ways = this.#ways(short);
		if (!hits.length) this.#say("empty", "Nothing found", this.#why(), ways);
		else if (fallback)
			this.#say("short", "Too few products meet every filter", `Left out to fill the list: ${fallback.dropped.map(inWords).join(", ")}.`);
		else if (short && ways)
			this.#say("short", `Only ${products(hits.length)} left`,
				this.gains ? "Filters hold the list back. With one of them less there would be more:" : "What was chosen holds the list back:", ways);
		else this.clear();
	}

	/** An error of the service, about a picture (`blob`) or its address (`url`), if it was one; or the name of a refusal. */
	failed({ type, status, message = "" }, { blob, url, limits = {} }) {
		const said = sentence(message);
		const works = `${said} ${worksHere(limits)}`;
		const { id, liked, disliked } = store.screen;
		const gone = [id, ...liked, ...disliked].find((each) => message.includes(`'${each}'`) || message.includes(`"${each}"`));
		this.blob = blob;
		if (document.getElementById(`say-${type}`)) this.#refuse(type, said);
		else if (url) this.#refuse("address", said);
		else if (status === 413) this.#refuse("large", works);
		else if (type === "ImageError" || status === 415) this.#refuse("unreadable", works);
		else if (status === 404 && (gone || /picture/.test(message))) this.#refuse("unknown", sentence(message.split(";")[0]), gone && `No product ${gone}`);
		else this.#refuse("fault", said);
	}

	/** Words that are in the page's markup, with what the service says. */
	#refuse(state, said, title) {
		const words = document.getElementById(`say-${state}`).content.cloneNode(true);
		const [place, heading, link] = ["[data-said]", "h1", "a"].map((each) => words.querySelector(each));
		place?.append(said);
		if (title) heading.textContent = title;
		link?.setAttribute("href", store.href(Store.product(null)));
		this.#show(state, words);
	}

	async #smaller() {
		const copy = await smaller(this.blob, SMALLER).catch(() => null);
		if (copy) tell(this, "picture", { blob: copy });
		else this.failed({ type: "ImageError", message: "This browser cannot read the picture either" }, {});
	}

	#why() {
		const { knobs, where } = store.screen;
		if (store.asks && knobs.threshold) return `No product is ${knobs.threshold > 0 ? percent(knobs.threshold) : "surely"} alike.`;
		return where.length ? "No product meets all of these filters." : "The catalog has nothing like it.";
	}

	/** What could be taken back, and what that would give; what gains nothing is no way out. */
	#ways({ without = [], found } = {}) {
		const { knobs, where } = store.screen;
		const way = (words, act, count) =>
			el("button.without", { onclick: act }, el("span", words), count && el("span.number", products(count)), icon("close"));
		const ways = without
			.filter(({ count }) => !(count <= found))
			.map(({ where: held, count }) => {
				const gone = held.map(plain);
				const rest = where.filter((text) => !gone.includes(plain(text)));
				return way(`Without ${held.map(inWords).join(" or ")}`, () => store.go({ where: rest }), count);
			});
		this.gains = ways.length > 0;
		for (const [knob, words] of Object.entries(LOOSER)) if (store.asks && knobs[knob]) ways.push(way(words, () => store.knob(knob, null)));
		if (!ways.length && where.length) ways.push(way("Clear all filters", () => store.go({ where: [] })));
		return ways.length && el("ul.withouts", { role: "list" }, ...ways.map((each) => el("li", each)));
	}

	#say(state, title, text, ways) {
		const mark = state === "empty" && el("div.mark", icon("search"));
		this.#show(state, ...[mark, el("h2", title), el("p", text), el("div.actions", ways)].filter(Boolean));
	}

	#show(state, ...said) {
		this.hidden = false;
		this.dataset.state = state;
		redraw(this, ...said);
	}
});

/** What the service says, without its word for programs, as a sentence. */
function sentence(text) {
	const plain = text.replace(/^[a-z-]+: /, "");
	return `${plain[0]?.toUpperCase() ?? ""}${plain.slice(1)}${/[.!?]$/.test(plain) ? "" : "."}`;
}

function worksHere({ bytes, types = ["image/JPEG", "image/PNG", "image/WebP"] }) {
	const kinds = types.map((type) => type.replace("image/", "").toUpperCase().replace("WEBP", "WebP"));
	const most = bytes ? ` of up to ${Math.round(bytes / 2 ** 20)} MB` : "";
	return `What works: a ${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}${most}.`;
}
