/** What the page says where hits would be: too few, none, a refused picture, a fault; and what works instead. */

import { inWords, without } from "./conditions.js";
import { button, el, icon, tell } from "./dom.js";
import { smaller } from "./pictures.js";
import { store } from "./session.js";
import { Store } from "./store.js";
import { percent, products } from "./words.js";

/** Pixels of a side of the smaller copy. */
const SMALLER = 1600;

/** `<likewise-status>`; fires `choose`, `picture` ({blob}) and `retry`. */
customElements.define("likewise-status", class extends HTMLElement {
	clear() {
		this.hidden = true;
		delete this.dataset.state;
		this.replaceChildren();
	}

	/** An answer with fewer hits than were asked for; nothing to say about others. */
	answered({ short, fallback, hits }) {
		// What gains nothing is no way out.
		const ways = this.#ways((short?.without ?? []).filter(({ count }) => count > short.found));
		if (!hits.length) this.#say("empty", "search", "Nothing found", this.#why(), ways);
		else if (fallback)
			this.#say("short", "", "Too few products meet every filter", `Left out to fill the list: ${fallback.dropped.map(inWords).join(", ")}.`);
		else if (short?.without?.length)
			this.#say("short", "", `Only ${products(hits.length)} left`, "Filters hold the list back. With one of them less there would be more:", ways);
		else this.clear();
	}

	/** An error of the service, about a picture (`blob`) or its address (`url`), if it was one. */
	failed({ type, status, message }, { blob, url, limits = {} }) {
		const again = this.#choose("Choose another picture");
		const said = sentence(message);
		const { id, liked, disliked } = store.screen;
		const gone = [id, ...liked, ...disliked].find((each) => message.includes(`'${each}'`) || message.includes(`"${each}"`));
		const works = `${said} ${worksHere(limits)}`;
		if (url)
			this.#say("refused", "picture", "The picture at that address cannot be fetched",
				`${said} Save the picture and drop the file, or copy the picture itself and paste it here.`, again);
		else if (type === "PictureForgottenError")
			this.#say("forgotten", "picture", "Show the picture again",
				"Pictures are kept for a short time only, and this one is gone. Give it once more: filters, likes and everything else stay.",
				this.#choose("Choose the picture"), newSearch());
		else if (status === 413) this.#say("large", "picture", "This picture is too large", works, this.#smaller(blob), this.#choose("Choose another picture", "button"));
		else if (type === "ImageError" || status === 415) this.#say("refused", "picture", "This picture cannot be read", works, again);
		else if (status === 404 && (gone || /picture/.test(message)))
			this.#say("unknown", "search", gone ? `No product ${gone}` : "No picture to ask with", sentence(message.split(";")[0]), newSearch());
		else {
			const retry = button("Try again", () => tell(this, "retry"), "button.primary");
			this.#say("fault", "", "That did not work", message, retry, newSearch());
		}
	}

	#choose = (words, look = "button.primary") => button(words, () => tell(this, "choose"), look);

	#smaller(blob) {
		const send = async () => {
			const copy = await smaller(blob, SMALLER).catch(() => null);
			if (copy) tell(this, "picture", { blob: copy });
			else this.failed({ type: "ImageError", message: "This browser cannot read the picture either" }, {});
		};
		return button("Use a smaller copy", send, "button.primary");
	}

	#why() {
		const { knobs, where } = store.screen;
		if (knobs.threshold) return `No product is ${knobs.threshold > 0 ? percent(knobs.threshold) : "surely"} alike.`;
		return where.length ? "No product meets all of these filters." : "The catalog has nothing like it.";
	}

	/** What could be taken back, and what that would give. */
	#ways(held) {
		const { knobs, where } = store.screen;
		const ways = held
			.filter(({ count }) => count > 0)
			.map(({ condition, count }) => {
				const way = button("", () => store.go({ where: without(where, condition) }), "without");
				way.append(el("span", `Without ${inWords(condition)}`), el("span.number", products(count)), icon("close"));
				return way;
			});
		if (knobs.threshold) ways.push(button("However alike", () => store.knob("threshold", null), "without"));
		if (!ways.length && where.length) ways.push(button("Clear all filters", () => store.go({ where: [] }), "without"));
		return el("ul.withouts", { role: "list" }, ...ways.map((way) => el("li", way)));
	}

	#say(state, mark, title, text, ...ways) {
		this.hidden = false;
		this.dataset.state = state;
		// Where nothing was asked that could be shown, this is what the page is about.
		const heading = el(state === "short" || state === "empty" ? "h2" : "h1", title);
		this.replaceChildren(heading, el("p", text), el("div.actions", ...ways));
		if (mark) this.prepend(el("div.mark", icon(mark)));
	}
});

const newSearch = () => el("a.button", { href: store.href(Store.product(null)) }, "New search");

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
