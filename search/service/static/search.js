/** From the screen to an answer: which question it is, one at a time, the outdated one aborted. */

import { parse } from "./conditions.js";
import { tell } from "./dom.js";
import * as pictures from "./pictures.js";
import { Store } from "./store.js";

const PAGE = 24;
const REMEMBERED = 30;
const NUMBERS = ["probe", "prior", "threshold", "diversity", "distinct"];

/**
 * Events: `asking` ({blob, url}, where it is asked with one), `answer` ({answer, added}, where `added` are the hits of a
 * further page), `failed` ({error, blob, url}).
 */
export class Search extends EventTarget {
	#api;
	#store;
	#running = null;
	#paging = null;
	#last = null;
	#forgotten = null;
	#known = new Map();

	constructor(api, store) {
		super();
		this.#api = api;
		this.#store = store;
		this.answer = null;
	}

	static key({ id, picture, rectangle, where, liked, disliked, knobs }) {
		return JSON.stringify([id, picture, rectangle, where, liked, disliked, Object.entries(knobs).sort()]);
	}

	/** Answer the screen, from memory where it was answered before. */
	ask() {
		// While a picture is on its way, filters are those of its question.
		if (this.#last?.about === this.#about) return this.retry();
		const known = this.#known.get(Search.key(this.#store.screen));
		if (!known) return this.#run((signal) => this.#question(0, signal));
		this.stop();
		return this.#answered(known);
	}

	/** Ask once more what was asked last, a picture too. */
	retry = () => this.#run(this.#last.question, this.#last.given);

	/** Whatever is on its way is not wanted any more. */
	stop() {
		this.#running?.abort();
		this.#paging?.abort();
		this.#paging = null;
		if (this.#last) this.#last.about = null;
	}

	async more() {
		const before = this.answer;
		if (!before?.next || this.#paging) return;
		const paging = (this.#paging = new AbortController());
		try {
			const page = await this.#question(before.next, paging.signal);
			if (!page || this.answer !== before) return;
			// Another version may have moved a hit over the edge of a page.
			const have = new Set(before.hits.map((hit) => hit.id));
			const added = page.hits.filter((hit) => !have.has(hit.id));
			this.#answered({ ...before, hits: [...before.hits, ...added], next: page.next }, added);
		} catch {
			// What is there stays; the button is, too.
		} finally {
			if (this.#paging === paging) this.#paging = null;
		}
	}

	/**
	 * Ask with a picture that the visitor gave (`blob`), or that lies at an address (`url`), which the service follows if
	 * the catalog allows it. The screen changes once the service has taken it; one that takes a forgotten one's place keeps
	 * the rest of the screen.
	 */
	look({ blob, url }) {
		const { picture, rectangle } = this.#store.screen;
		const again = picture !== null && picture === this.#forgotten;
		// Of a picture that is not in this tab no part can be seen.
		const part = again && blob ? rectangle : null;
		const send = async (signal) => {
			const options = { ...this.#options(0), rectangle: part };
			const answer = await (blob
				? this.#api.similarToPicture(blob, options, signal)
				: this.#api.similarToAddress(url, options, signal));
			if (blob) pictures.keep(answer.picture, blob);
			const rest = again ? { rectangle: part } : Store.product(null);
			return this.#moved(answer, { ...rest, picture: answer.picture }, signal);
		};
		return this.#run(send, { blob, url });
	}

	/** Forget answers: another version of the index has been published. */
	forget = () => this.#known.clear();

	/** The screen of an answer to a picture, which has told its name. */
	#moved(answer, change, signal, { offset, ...options } = {}) {
		if (signal.aborted) return null;
		this.stop();
		const next = { ...this.#store.screen, ...change };
		// With likes the answer is another one; the screen's change asks for it.
		if (!next.liked.length && !next.disliked.length && !offset) this.#remember(Search.key(next), answer);
		if (!this.#store.go(change, options)) this.ask();
		return null;
	}

	async #run(question, given = {}) {
		this.stop();
		const { signal } = (this.#running = new AbortController());
		this.#last = { question, given, about: given.blob || given.url ? this.#about : null };
		tell(this, "asking", given);
		try {
			const answer = await question(signal);
			if (answer && !signal.aborted) this.#answered(answer);
		} catch (error) {
			if (signal.aborted) return;
			this.stop();
			if (error.type === "PictureForgottenError") this.#forgotten = this.#store.screen.picture;
			tell(this, "failed", { error, ...given });
		}
	}

	/** What is asked for, apart from conditions and options. */
	get #about() {
		const { id, picture, rectangle, liked, disliked } = this.#store.screen;
		return JSON.stringify([id, picture, rectangle, liked, disliked]);
	}

	#answered(answer, added = null) {
		this.answer = answer;
		this.#forgotten = null;
		this.#remember(Search.key(this.#store.screen), answer);
		tell(this, "answer", { answer, added });
	}

	async #question(offset, signal) {
		const { id, picture } = this.#store.screen;
		if (!this.#store.asks) return this.#start(signal);
		try {
			if (this.#judged) return await this.#api.recommend(this.#liking(offset), signal);
			if (id) return await this.#api.similar(id, this.#options(offset), signal);
			return await this.#api.similarToKnown(picture, this.#options(offset), signal);
		} catch (error) {
			// The service has forgotten the picture: it is sent again, if this tab still has it.
			const blob = error.type === "PictureForgottenError" && pictures.bytes(picture);
			if (blob) return this.#again(blob, offset, signal);
			throw error;
		}
	}

	async #again(blob, offset, signal) {
		const answer = await this.#api.similarToPicture(blob, this.#options(offset), signal);
		const { picture } = answer;
		pictures.keep(picture, blob);
		// The small copy that outlives a reload has a name of its own.
		if (picture !== this.#store.screen.picture) return this.#moved(answer, { picture }, signal, { offset, replace: true });
		return this.#judged ? this.#api.recommend(this.#liking(offset), signal) : answer;
	}

	/** There is nothing to be like yet; the service has no word for what is only disliked. */
	async #start(signal) {
		const { where, disliked } = this.#store.screen;
		const { products, ...answer } = await this.#api.products({ varied: true, limit: PAGE, where }, signal);
		const wanted = products.filter(({ id }) => !disliked.includes(id));
		// What each filter holds back here, nobody has counted.
		const without = Object.values(Object.groupBy(where, (text) => parse(text)?.column ?? text)).map((texts) => ({ where: texts }));
		const short = where.length && products.length < PAGE ? { without } : undefined;
		return { ...answer, short, hits: wanted.map((product) => ({ ...product, score: null })), next: null };
	}

	get #judged() {
		return this.#store.screen.liked.length + this.#store.screen.disliked.length > 0;
	}

	/** What is asked for counts as liked. */
	#liking(offset) {
		const { id, picture, liked, disliked } = this.#store.screen;
		const asked = id ? [id] : picture ? [{ picture }] : [];
		const options = Object.entries(this.#options(offset)).map(([name, value]) => [name, typed(name, value)]);
		return { ...Object.fromEntries(options), liked: [...new Set([...asked, ...liked])], disliked };
	}

	#options(offset) {
		const { where, knobs, rectangle } = this.#store.screen;
		return { ...knobs, k: PAGE, where, ...(rectangle && { rectangle }), ...(offset && { offset }) };
	}

	#remember(key, answer) {
		this.#known.delete(key);
		this.#known.set(key, answer);
		if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value);
	}
}

/** A value of an address as JSON has it. */
function typed(name, value) {
	if (name === "fallback") return value === "true";
	return NUMBERS.includes(name) && value > -Infinity ? Number(value) : value;
}
