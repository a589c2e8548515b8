/** The only module that knows HTTP: addresses, retries, errors, and which version of the index answers. */

import { on, tell } from "./dom.js";

/** What the service, or the road to it, refused. `type` is the service's own name for it. */
export class ApiError extends Error {
	constructor(status, type, message) {
		super(message);
		this.name = "ApiError";
		this.status = status;
		this.type = type;
	}
}

const BUSY = new Set([429, 503]);
const LONGEST_WAIT = 30;

/**
 * A Likewise service.
 *
 * Events: `waiting` ({reason: "busy" | "away", seconds}) before it tries again, `answering` once nothing waits any more,
 * `version` ({version}) when another version of the index answers.
 */
export class Api extends EventTarget {
	#base;
	#token;
	#tries;
	#waiting = 0;

	/** `base` is the service's address with its path prefix, `tries` how often a busy or silent service is asked. */
	constructor(base, { token = "", tries = 60 } = {}) {
		super();
		this.#base = new URL(base);
		if (!this.#base.pathname.endsWith("/")) this.#base.pathname += "/";
		this.#token = token;
		this.#tries = tries;
		this.version = null;
	}

	/** Whether requests need a key, which addresses of pictures cannot carry. */
	get locked() {
		return Boolean(this.#token);
	}

	schema = (signal) => this.#json("v1/schema", { signal });

	products = (params, signal) => this.#json("v1/products", { params, signal });

	product = (id, signal) => this.#json(`v1/products/${path(id)}`, { signal });

	similar = (id, params, signal) => this.#json(`v1/similar/${path(id)}`, { params, signal });

	/** A search by a picture that the service still remembers. */
	similarToKnown = (picture, params, signal) => this.#json("v1/similar", { params: { ...params, picture }, signal });

	similarToPicture = (blob, params, signal) => this.#json("v1/similar", { params, ...asPicture(blob), signal });

	similarToAddress = (url, params, signal) => this.#json("v1/similar", { params, ...asJson({ url }), signal });

	recommend = (body, signal) => this.#json("v1/recommend", { ...asJson(body), signal });

	describeKnown = (known, signal) => this.#json("v1/describe", { params: { picture: known }, signal });

	facets = (column, params, signal) => this.#json(`v1/facets/${path(column)}`, { params, signal });

	map = (colour, signal) => this.#json("v1/map", { params: colour ? { colour } : {}, signal });

	/** Where a product's picture is, at a width from the list. */
	imageUrl(id, size, ref) {
		return this.#url(`v1/images/${path(id)}`, { size, ref }).href;
	}

	async image(id, size, ref, signal) {
		const answer = await this.#ask(new URL(this.imageUrl(id, size, ref)), { signal });
		return answer.blob();
	}

	async #json(where, { params, ...request }) {
		const answer = await this.#ask(this.#url(where, params), request);
		return answer.json();
	}

	#url(where, params = {}) {
		const url = new URL(where, this.#base);
		for (const [name, value] of Object.entries(params))
			for (const each of Array.isArray(value) ? value : [value])
				if (each !== undefined && each !== null && each !== "") url.searchParams.append(name, each);
		return url;
	}

	async #ask(url, { signal, headers = {}, ...request }) {
		const all = this.#token ? { ...headers, Authorization: `Bearer ${this.#token}` } : headers;
		let waits = false;
		try {
			for (let tried = 1; ; tried += 1) {
				const answer = await this.#fetch(url, { ...request, headers: all, signal });
				if (answer && !BUSY.has(answer.status)) return await this.#taken(answer);
				if (tried >= this.#tries) throw answer ? await refusal(answer) : new ApiError(0, "Away", "No answer.");
				const seconds = answer ? retryAfter(answer) : Math.min(2 ** tried, LONGEST_WAIT);
				if (!waits) this.#waiting += 1;
				waits = true;
				tell(this, "waiting", { reason: answer ? "busy" : "away", seconds });
				await pause(seconds, signal);
			}
		} finally {
			if (waits) this.#waiting -= 1;
			if (waits && !this.#waiting) tell(this, "answering");
		}
	}

	/** The answer, or null where there was none: no network, or nobody listens. */
	async #fetch(url, request) {
		try {
			return await fetch(url, request);
		} catch (error) {
			if (error.name === "AbortError") throw error;
			return null;
		}
	}

	async #taken(answer) {
		const version = answer.headers.get("X-Likewise-Version");
		if (version && this.version && version !== this.version) tell(this, "version", { version });
		this.version ??= version;
		if (!answer.ok) throw await refusal(answer);
		return answer;
	}

}

const path = (id) => encodeURIComponent(id);

const asPicture = (blob) => ({
	method: "POST",
	body: blob,
	headers: { "Content-Type": blob.type || "application/octet-stream" },
});

const asJson = (body) => ({
	method: "POST",
	body: JSON.stringify(body),
	headers: { "Content-Type": "application/json" },
});

async function refusal(answer) {
	const said = await answer.json().catch(() => ({}));
	return new ApiError(answer.status, said.type ?? "Error", said.error ?? `The service answered ${answer.status}.`);
}

function retryAfter(answer) {
	const said = answer.headers.get("Retry-After") ?? "2";
	const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
	return Math.min(Math.max(Number.isFinite(seconds) ? seconds : 2, 0.5), LONGEST_WAIT);
}

/** Seconds that end early when the network is back, and never when the request is no longer wanted. */
function pause(seconds, signal) {
	return new Promise((resolve, reject) => {
		const done = new AbortController();
		const end = (act) => () => {
			clearTimeout(timer);
			done.abort();
			act();
		};
		const timer = setTimeout(end(resolve), seconds * 1000);
		on(window, "online", end(resolve), done);
		if (signal) on(signal, "abort", end(() => reject(signal.reason)), done);
	});
}
