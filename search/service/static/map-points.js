/** The catalog's points: where they lie, which colour they have, which one is near. */

const CELLS = 128;
const REST = 65535;

/** As many colours as people tell apart; the rest of the values is grey. */
export const COLOURS = 10;

export class Points {
	/** @param {object} answer of `/v1/map` */
	constructor(answer) {
		this.ids = answer.ids;
		this.x = numbers(answer.x);
		this.y = numbers(answer.y);
		this.at = new Map(this.ids.map((id, at) => [id, at]));
		this.#paint(answer.colour);
		this.#sort();
	}

	/** The point nearest to (x, y) within `radius`, all from 0 to 1, or -1. */
	nearest(x, y, radius) {
		let [best, least] = [-1, radius * radius];
		const [left, right, top, bottom] = [x - radius, x + radius, y - radius, y + radius].map(cell);
		for (let row = top; row <= bottom; row += 1)
			for (let at = this.#starts[row * CELLS + left]; at < this.#starts[row * CELLS + right + 1]; at += 1) {
				const point = this.#order[at];
				const distance = (this.x[point] / REST - x) ** 2 + (this.y[point] / REST - y) ** 2;
				if (distance < least) [best, least] = [point, distance];
			}
		return best;
	}

	#starts;
	#order;

	/** Commonest values first: `values` are `{value, count}`, `colours` is one byte a point. */
	#paint({ values, codes }) {
		const each = numbers(codes);
		const counts = values.map((value, code) => ({ value, code, count: 0 }));
		for (const code of each) if (counts[code]) counts[code].count += 1;
		this.values = counts.sort((one, other) => other.count - one.count).slice(0, COLOURS);
		const place = new Map(this.values.map(({ code }, at) => [code, at]));
		this.colours = Uint8Array.from(each, (code) => place.get(code) ?? COLOURS);
		this.rest = each.length - this.values.reduce((sum, { count }) => sum + count, 0);
	}

	/** By cells, row by row, so that a look around touches few points. */
	#sort() {
		const cells = Uint16Array.from(this.x, (x, at) => cell(this.y[at] / REST) * CELLS + cell(x / REST));
		this.#starts = new Uint32Array(CELLS * CELLS + 1);
		for (const each of cells) this.#starts[each + 1] += 1;
		for (let at = 0; at < CELLS * CELLS; at += 1) this.#starts[at + 1] += this.#starts[at];
		const next = this.#starts.slice();
		this.#order = new Uint32Array(cells.length);
		cells.forEach((each, at) => (this.#order[next[each]++] = at));
	}
}

const cell = (part) => Math.min(CELLS - 1, Math.max(0, Math.floor(part * CELLS)));

/** Little-endian, as every machine with a browser is. */
function numbers(text) {
	const raw = atob(text);
	const bytes = Uint8Array.from({ length: raw.length }, (_, at) => raw.charCodeAt(at));
	return new Uint16Array(bytes.buffer);
}
