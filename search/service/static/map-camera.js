/** What part of the map is seen: moved and zoomed with the mouse, fingers, and keys. */

import { on } from "./dom.js";

const CLOSEST = 60;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Camera {
	#pointers = new Map();
	#travelled = 0;

	/** `stage` is what is pointed at; `hears` is told when it has `moved`, `rested`, and of a click (`picked`). */
	constructor(stage, hears) {
		this.stage = stage;
		this.hears = hears;
		this.fit();
		on(stage, "wheel", (event) => this.#wheel(event), { passive: false });
		on(stage, "pointerdown", (event) => this.#down(event));
		on(stage, "pointermove", (event) => this.#move(event));
		on(stage, "pointerup pointercancel", (event) => this.#up(event));
		on(stage, "keydown", (event) => this.#key(event));
	}

	fit() {
		[this.x, this.y, this.zoom] = [0.5, 0.5, 1];
	}

	/** As the address has it: `x,y,zoom`; null for all of it. */
	get text() {
		const text = [this.x, this.y, this.zoom].map((part) => Number(part.toFixed(4))).join(",");
		return text === "0.5,0.5,1" ? null : text;
	}

	set text(text) {
		const [x, y, zoom] = text?.split(",").map(Number) ?? [];
		if ([x, y, zoom].every(Number.isFinite)) [this.x, this.y, this.zoom] = [x, y, between(1, zoom, CLOSEST)];
		else this.fit();
	}

	get #middle() {
		return [this.stage.clientWidth / 2, this.stage.clientHeight / 2];
	}

	/** CSS pixels that the whole map takes. */
	get unit() {
		return Math.min(...this.#middle) * 1.88 * this.zoom;
	}

	place(left, top) {
		const [x, y] = this.#middle;
		return [this.x + (left - x) / this.unit, this.y + (top - y) / this.unit];
	}

	pixel(x, y) {
		const [left, top] = this.#middle;
		return [(x - this.x) * this.unit + left, (y - this.y) * this.unit + top];
	}

	point({ clientX, clientY }) {
		const { left, top } = this.stage.getBoundingClientRect();
		return [clientX - left, clientY - top];
	}

	/** Closer by a factor; what lies under (left, top) stays there. */
	zoomBy(factor, left = this.#middle[0], top = this.#middle[1]) {
		const [x, y] = this.place(left, top);
		this.zoom = between(1, this.zoom * factor, CLOSEST);
		const [newX, newY] = this.place(left, top);
		this.#shift(x - newX, y - newY);
	}

	showAll() {
		this.fit();
		this.#shift(0, 0);
	}

	#shift(x, y) {
		this.x = between(0, this.x + x, 1);
		this.y = between(0, this.y + y, 1);
		this.hears.moved();
		this.hears.rested();
	}

	#wheel(event) {
		event.preventDefault();
		const turned = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
		this.zoomBy(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.002)), ...this.point(event));
	}

	#down(event) {
		this.stage.setPointerCapture(event.pointerId);
		this.#pointers.set(event.pointerId, event);
		if (this.#pointers.size === 1) this.#travelled = 0;
	}

	#move(event) {
		const before = this.#pointers.get(event.pointerId);
		if (!before) return;
		this.#pointers.set(event.pointerId, event);
		const [from, to] = [this.point(before), this.point(event)];
		const [right, down] = [to[0] - from[0], to[1] - from[1]];
		this.#travelled += Math.abs(right) + Math.abs(down);
		const fingers = this.#pointers.size;
		const other = [...this.#pointers.values()].find((each) => each !== event);
		if (other) {
			const [x, y] = this.point(other);
			const apart = ([left, top]) => Math.hypot(left - x, top - y) || 1;
			this.zoomBy(apart(to) / apart(from), (to[0] + x) / 2, (to[1] + y) / 2);
		}
		this.#shift(-right / this.unit / fingers, -down / this.unit / fingers);
	}

	#up(event) {
		const alone = this.#pointers.size === 1;
		if (this.#pointers.delete(event.pointerId) && alone && this.#travelled < 6 && event.type === "pointerup") this.hears.picked(event);
	}

	#key(event) {
		const step = KEYS[event.key];
		if (step) this.#shift((step[0] * 80) / this.unit, (step[1] * 80) / this.unit);
		else if (event.key === "+" || event.key === "=") this.zoomBy(1.4);
		else if (event.key === "-") this.zoomBy(1 / 1.4);
		else if (event.key === "0") this.showAll();
		else return;
		event.preventDefault();
	}
}

const between = (least, value, most) => Math.min(most, Math.max(least, value));
