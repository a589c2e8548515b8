/** From the screen to an answer: which question it is, one at a time, the outdated one aborted. */

import { ApiError } from "./api.js";
import * as pictures from "./pictures.js";
import { Store } from "./store.js";

export const PAGE = 24;
const REMEMBERED = 30;

/**
 * Events: `asking` ({blob, url}, if that is what is asked with), `answer` ({answer, added}): `added` are the hits of a
 * further page, else null; `failed` ({error, blob, url, more}).
 */
export class Search extends EventTarget {
  #api;
  #store;
  #running = null;
  #known = new Map();
  #page = null;

  constructor(api, store) {
    super();
    this.#api = api;
    this.#store = store;
    this.answer = null;
  }

  /** Answer the screen, from memory where it was answered before. */
  ask() {
    const key = this.#key();
    const known = this.#known.get(key);
    if (known) {
      this.#running?.abort();
      this.#answered(key, known);
      return undefined;
    }
    return this.#run((signal) => this.#question(0, signal));
  }

  /** The next page of the same answer. */
  async more() {
    if (!this.answer?.next || this.#page) return;
    const before = this.answer;
    this.#page = new AbortController();
    const { signal } = this.#page;
    try {
      const page = await this.#question(before.next, signal);
      if (this.answer !== before) return;
      // Another version may have moved a hit over the edge of a page.
      const have = new Set(before.hits.map((hit) => hit.id));
      const added = page.hits.filter((hit) => !have.has(hit.id));
      this.answer = { ...before, hits: [...before.hits, ...added], next: page.next };
      this.#remember(this.#key(), this.answer);
      this.#tell("answer", { answer: this.answer, added });
    } catch (error) {
      if (error.name !== "AbortError") this.#tell("failed", { error, more: true });
    } finally {
      this.#page = null;
    }
  }

  /** Ask with a picture that the visitor gave; the screen changes once the service has taken it. */
  look(blob, { keepLikes = false, replace = false } = {}) {
    const send = async (signal) => {
      const rectangle = replace ? this.#store.screen.rectangle : null;
      const answer = await this.#api.similarToPicture(blob, { ...this.#options(0), rectangle }, signal);
      pictures.keep(answer.picture, blob);
      const likes = keepLikes || replace ? { picture: answer.picture, id: null } : Store.picture(answer.picture);
      return this.#moved(answer, likes, replace, signal);
    };
    return this.#run(send, { blob });
  }

  /** Ask with a picture that lies at an address, which the service follows if the catalog allows it. */
  lookAt(url) {
    return this.#run(async (signal) => {
      const answer = await this.#api.similarToAddress(url, this.#options(0), signal);
      return this.#moved(answer, Store.picture(answer.picture), false, signal);
    }, { url });
  }

  /** Forget answers: another version of the index has been published. */
  forget() {
    this.#known.clear();
  }

  #moved(answer, change, replace, signal) {
    if (signal.aborted) return null;
    const next = { ...this.#store.screen, ...change };
    // With likes the answer is another one; the screen's change asks for it.
    if (!next.liked.length && !next.disliked.length) this.#remember(this.#key(next), answer);
    if (!this.#store.go(change, { replace })) this.ask();
    return null;
  }

  async #run(question, given = {}) {
    this.#running?.abort();
    this.#page?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#tell("asking", given);
    const key = this.#key();
    try {
      const answer = await question(running.signal);
      if (answer && !running.signal.aborted) this.#answered(key, answer);
    } catch (error) {
      if (error.name !== "AbortError" && !running.signal.aborted) this.#tell("failed", { error, ...given });
    }
  }

  #answered(key, answer) {
    this.answer = answer;
    this.#remember(key, answer);
    this.#tell("answer", { answer, added: null });
  }

  async #question(offset, signal) {
    const { id, picture, liked, disliked, where } = this.#store.screen;
    if (!this.#store.asks) return this.#start(where, signal);
    const options = this.#options(offset);
    const asked = id ?? (picture ? { picture } : null);
    try {
      if (liked.length || disliked.length) {
        return await this.#api.recommend(this.#liking(asked, offset), signal);
      }
      if (id) return await this.#api.similar(id, options, signal);
      return await this.#api.similarToKnown(picture, options, signal);
    } catch (error) {
      if (error.type === "PictureForgottenError") return this.#again(picture, error, signal);
      throw error;
    }
  }

  /** The service has forgotten the picture: send it again, if this tab still has it. */
  async #again(picture, error, signal) {
    const blob = picture && pictures.bytes(picture);
    if (!blob) throw new ApiError(error.status, error.type, error.message);
    const { rectangle, liked, disliked } = this.#store.screen;
    const answer = await this.#api.similarToPicture(blob, { ...this.#options(0), rectangle }, signal);
    pictures.keep(answer.picture, blob);
    // The small copy that outlives a reload has a name of its own.
    if (answer.picture !== picture) return this.#moved(answer, { picture: answer.picture }, true, signal);
    if (!liked.length && !disliked.length) return answer;
    return this.#api.recommend(this.#liking({ picture }), signal);
  }

  async #start(where, signal) {
    const { version, products, total } = await this.#api.products({ varied: true, limit: PAGE, where }, signal);
    return { version, hits: products.map((product) => ({ ...product, score: null })), next: null, total };
  }

  /** What is asked for counts as liked. */
  #liking(asked, offset = 0) {
    const { liked, disliked } = this.#store.screen;
    const all = asked && !liked.includes(asked) ? [asked, ...liked] : liked;
    const options = Object.entries(this.#options(offset)).map(([name, value]) => [name, typed(name, value)]);
    return { ...Object.fromEntries(options), liked: all, disliked };
  }

  #options(offset) {
    const { where, knobs, rectangle } = this.#store.screen;
    const options = { ...knobs, k: PAGE, where };
    if (rectangle) options.rectangle = rectangle;
    if (offset) options.offset = offset;
    return options;
  }

  #key(screen = this.#store.screen) {
    return Search.key(screen);
  }

  /** What an answer depends on. */
  static key({ id, picture, rectangle, where, liked, disliked, knobs }) {
    return JSON.stringify([id, picture, rectangle, where, liked, disliked, Object.entries(knobs).sort()]);
  }

  #remember(key, answer) {
    this.#known.delete(key);
    this.#known.set(key, answer);
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const NUMBERS = ["probe", "prior", "threshold", "diversity", "distinct"];

/** A value of an address as JSON has it. */
function typed(name, value) {
  if (name === "fallback") return value === "true";
  return NUMBERS.includes(name) && Number.isFinite(Number(value)) ? Number(value) : value;
}
