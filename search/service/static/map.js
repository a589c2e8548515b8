/** The catalog in two dimensions and the hits on it; the grid beside it is their list. */

import { show } from "./card.js";
import { el, on, settled } from "./dom.js";
import { Camera } from "./map-camera.js";
import { painter } from "./map-draw.js";
import { COLOURS, Points } from "./map-points.js";
import { api, store } from "./session.js";
import { Store } from "./store.js";
import { count, name } from "./words.js";

const REACH = 12;
const FULL = 65535;

/** Told apart by most people, on light and on dark ground; the last is everything else. */
const PALETTE = ["4e79d6", "e0813a", "3a9d74", "c9506b", "8f6bc4", "a3833f", "2f9db3", "d06fb0", "7d9a34", "6f7f96", "9a9da3"];
const RGB = PALETTE.map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

customElements.define("likewise-map", class extends HTMLElement {
	#points = null;
	#hits = [];
	#payloads = new Map();
	#hovered = -1;
	#wanted = null;

	async show(answer, catalog) {
		if (!this.camera) this.#build();
		if (catalog !== this.catalog) this.#offer(catalog.filters);
		this.catalog = catalog;
		this.#hits = store.asks ? (answer?.hits ?? []) : [];
		for (const hit of answer?.hits ?? []) this.#payloads.set(hit.id, hit.payload);
		await this.#load(`${store.screen.colour}·${catalog.schema.version}`);
		this.#draw();
	}

	where(id) {
		return this.#pixel(this.#points.at.get(id));
	}

	#pixel(point) {
		return this.camera.pixel(this.#points.x[point] / FULL, this.#points.y[point] / FULL);
	}

	#build() {
		const names = { stage: ".stage", select: "select", bubble: ".bubble", said: ".map-said", legend: ".legend" };
		for (const [name, place] of Object.entries(names)) this[name] = this.querySelector(place);
		[this.canvas, this.marks] = this.querySelectorAll("canvas");
		this.paint = painter(this.canvas);
		this.camera = new Camera(this.stage, {
			moved: () => this.#draw(),
			rested: settled(() => store.go({ at: this.camera.text }, { replace: true }), 300),
			picked: (event) => this.#pick(event),
		});
		this.camera.text = store.screen.at;
		this.#tools();
		on(this.stage, "pointermove", (event) => this.#hover(event));
		on(this.stage, "pointerleave", () => this.#point(-1));
		new ResizeObserver(() => this.#draw()).observe(this.stage);
		// The hits stand beside it: a card that is pointed at shows where it lies.
		const beside = document.querySelector("likewise-grid");
		const pointed = ({ target }) => this.#point(this.#points?.at.get(target.closest("likewise-card")?.hit.id) ?? -1);
		on(beside, "pointerover focusin", pointed);
		on(beside, "pointerleave focusout", () => this.#point(-1));
		on(window, "likewise:theme", () => this.#draw());
		on(store, "change", ({ detail: { before } }) => {
			const { at, colour } = store.screen;
			// Where it is on its way to another place, the address follows.
			if (at !== before.at && at !== this.camera.text) this.camera.text = at;
			this.select.value = colour ?? "";
			this.#draw();
		});
	}

	#offer(columns) {
		const [clusters] = this.select.options;
		this.select.replaceChildren(clusters, ...columns.map((column) => el("option", { value: column.name }, name(column.name))));
		this.select.value = store.screen.colour ?? "";
	}

	#tools() {
		on(this.select, "change", () => store.go({ colour: this.select.value || null }));
		const [closer, farther, all] = this.querySelectorAll(".map-tools button");
		on(closer, "click", () => this.camera.zoomBy(1.6));
		on(farther, "click", () => this.camera.zoomBy(1 / 1.6));
		on(all, "click", () => this.camera.showAll());
	}

	async #load(wanted) {
		if (wanted === this.#wanted) return;
		this.#wanted = wanted;
		try {
			const answer = await api.map(store.screen.colour);
			// Another colour has been chosen meanwhile.
			if (wanted !== this.#wanted) return;
			this.#points = new Points(answer);
		} catch (error) {
			if (wanted !== this.#wanted) return;
			this.#wanted = null;
			this.said.textContent = error.message;
			return;
		}
		this.said.textContent = "";
		const { values, rest } = this.#points;
		const rows = values.map(({ value, count: many }) => [value, many]);
		if (rest) rows.push(["others", rest]);
		this.legend.replaceChildren(
			...rows.map(([value, many], at) => {
				const dot = el("i");
				dot.style.background = `#${PALETTE[at < values.length ? at : COLOURS]}`;
				return el("li", dot, el("span", String(value)), el("span.number", count(many)));
			}),
		);
	}

	/** Once a frame, however often it was asked for. */
	#draw() {
		this.frame ??= requestAnimationFrame(() => {
			this.frame = null;
			if (this.#points && this.stage.clientWidth) this.#paint();
		});
	}

	#paint() {
		const dense = devicePixelRatio || 1;
		const [width, height] = [this.stage.clientWidth, this.stage.clientHeight].map((side) => Math.round(side * dense));
		for (const canvas of [this.canvas, this.marks])
			if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
		const { x, y, unit, zoom } = this.camera;
		const crowd = Math.min(1, Math.sqrt(6000 / this.#points.x.length));
		const size = Math.min(14, Math.max(2.4, 4.6 * crowd * zoom ** 0.5)) * dense;
		this.paint(this.#points, { x, y, unit: unit * dense, size }, RGB);
		this.#mark(dense);
	}

	#mark(dense) {
		const brush = this.marks.getContext("2d");
		brush.setTransform(dense, 0, 0, dense, 0, 0);
		brush.clearRect(0, 0, this.marks.width, this.marks.height);
		const { color: ink, backgroundColor: ground } = getComputedStyle(this.stage);
		const ring = (point, radius, filled) => {
			if (point === undefined || point < 0) return;
			const [left, top] = this.#pixel(point);
			brush.beginPath();
			brush.arc(left, top, radius, 0, 7);
			for (const [lineWidth, strokeStyle] of [[5, ground], [2, ink]]) {
				Object.assign(brush, { lineWidth, strokeStyle, fillStyle: ink });
				brush.stroke();
			}
			if (filled) brush.fill();
		};
		for (const hit of this.#hits) ring(this.#points.at.get(hit.id), 5, false);
		for (const id of store.screen.liked) ring(this.#points.at.get(id), 5, true);
		if (store.screen.id) ring(this.#points.at.get(store.screen.id), 9, true);
		ring(this.#hovered, 8, false);
	}

	#under(event) {
		const [x, y] = this.camera.place(...this.camera.point(event));
		return this.#points ? this.#points.nearest(x, y, REACH / this.camera.unit) : -1;
	}

	#hover(event) {
		if (event.pointerType !== "touch") this.#point(event.buttons ? -1 : this.#under(event));
	}

	#pick(event) {
		const point = this.#under(event);
		if (point >= 0) store.go(Store.product(this.#points.ids[point]));
	}

	#point(point) {
		if (point === this.#hovered) return;
		this.#hovered = point;
		this.stage.classList.toggle("over", point >= 0);
		this.bubble.hidden = point < 0;
		this.#draw();
		if (point < 0) return;
		const id = this.#points.ids[point];
		const image = el("img", { alt: "", width: 128, height: 128 });
		show(image, api, { id }, 160);
		this.words = el("span", "\u00a0");
		this.bubble.replaceChildren(image, this.words);
		const [left, top] = this.#pixel(point);
		const below = top < 200;
		this.bubble.style.left = `${Math.min(Math.max(left, 80), this.stage.clientWidth - 80)}px`;
		this.bubble.style.top = `${below ? top + 16 : top - 16}px`;
		this.bubble.classList.toggle("below", below);
		this.#name(id);
	}

	#name = settled(async (id) => {
		if (!this.#payloads.has(id)) {
			const payload = await api.product(id).catch(() => null);
			if (payload) this.#payloads.set(id, payload);
		}
		if (this.#points.ids[this.#hovered] === id) this.words.textContent = this.catalog.title(id, this.#payloads.get(id));
	}, 60);
});
