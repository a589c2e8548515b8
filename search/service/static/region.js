/** A picture of which a part can be marked: with the mouse, a finger, or the keys. */

import { on, tell } from "./dom.js";

const LEAST = 0.05;
const STEP = 0.02;
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

/** `<likewise-region>`; fires `region` ({value}), `x,y,width,height` in fractions of the picture or null. */
customElements.define("likewise-region", class extends HTMLElement {
	#area = null;
	#drag = null;

	connectedCallback() {
		[this.image, this.frame] = this.children;
		on(this.image, "load error", () => this.#place());
		on(this, "pointerdown", (event) => this.#down(event));
		on(this, "pointermove", (event) => this.#moved(event));
		on(this, "pointerup pointercancel", ({ type }) => this.#up(type === "pointercancel"));
		on(this, "keydown", (event) => this.#key(event));
		new ResizeObserver(() => this.#place()).observe(this);
		this.#place();
	}

	get value() {
		return this.#area && this.#area.map((part) => Number(part.toFixed(3))).join(",");
	}

	set value(text) {
		const parts = text?.split(",").map(Number) ?? [];
		this.#area = parts.length === 4 && parts.every(Number.isFinite) ? parts : null;
		this.#place();
	}

	/** Where the picture lies in this element, which it need not fill. */
	get #box() {
		const { clientWidth: width, clientHeight: height } = this;
		const { naturalWidth, naturalHeight } = this.image;
		if (!naturalWidth) return { left: 0, top: 0, width, height };
		const scale = Math.min(width / naturalWidth, height / naturalHeight);
		const [w, h] = [naturalWidth * scale, naturalHeight * scale];
		return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
	}

	#point(event) {
		const own = this.getBoundingClientRect();
		const box = this.#box;
		return [(event.clientX - own.left - box.left) / box.width, (event.clientY - own.top - box.top) / box.height].map(inside);
	}

	#down(event) {
		if (event.button) return;
		const at = this.#point(event);
		this.setPointerCapture(event.pointerId);
		const before = this.#area;
		const moves = before && within(at, before);
		this.#drag = { from: at, before, moves };
		if (!moves) this.#area = null;
	}

	#moved(event) {
		if (!this.#drag) return;
		const [x, y] = this.#point(event);
		const { from, before, moves } = this.#drag;
		this.#area = moves
			? kept([before[0] + x - from[0], before[1] + y - from[1], before[2], before[3]])
			: [Math.min(x, from[0]), Math.min(y, from[1]), Math.abs(x - from[0]), Math.abs(y - from[1])];
		this.#place();
	}

	#up(cancelled) {
		if (!this.#drag) return;
		const { before } = this.#drag;
		this.#drag = null;
		// The finger was scrolling.
		if (cancelled) this.#area = before;
		// A click marks nothing, and takes away what was marked.
		if (this.#area && (this.#area[2] < LEAST || this.#area[3] < LEAST)) this.#area = null;
		this.#place();
		if (this.#area !== before) this.#tell();
	}

	#key(event) {
		if (event.key === "Escape" || event.key === "Delete" || event.key === "Backspace") {
			if (!this.#area) return;
			event.stopPropagation();
			this.#area = null;
		} else if (event.key === "Enter" && !this.#area) this.#area = [0.25, 0.25, 0.5, 0.5];
		else if (KEYS[event.key] && this.#area) this.#area = changed(this.#area, KEYS[event.key], event.shiftKey);
		else return;
		event.preventDefault();
		this.#place();
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.#tell(), 300);
	}

	#place() {
		if (!this.frame) return;
		this.image.classList.toggle("broken", this.image.complete && !this.image.naturalWidth);
		const box = this.#box;
		this.frame.hidden = !this.#area;
		this.ariaLabel = this.#words();
		if (!this.#area) return;
		const [x, y, width, height] = this.#area;
		const lengths = {
			left: box.left + x * box.width,
			top: box.top + y * box.height,
			width: width * box.width,
			height: height * box.height,
		};
		for (const [name, pixels] of Object.entries(lengths)) this.frame.style[name] = `${pixels}px`;
	}

	#words() {
		if (!this.#area) return "Picture asked with. Enter marks a part of it to search with.";
		const [x, y, width, height] = this.#area.map((part) => `${Math.round(part * 100)} %`);
		return `Marked part: ${width} by ${height}, ${x} from the left, ${y} from the top. Arrows move it, Shift and arrows resize it, Escape takes it away.`;
	}

	#tell = () => tell(this, "region", { value: this.value });
});

const inside = (part) => Math.min(1, Math.max(0, part));

const within = ([x, y], [left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height;

const kept = ([x, y, width, height]) => [Math.min(inside(x), 1 - width), Math.min(inside(y), 1 - height), width, height];

function changed([x, y, width, height], [dx, dy], resizes) {
	if (!resizes) return kept([x + dx, y + dy, width, height]);
	return [x, y, Math.min(Math.max(width + dx, LEAST), 1 - x), Math.min(Math.max(height + dy, LEAST), 1 - y)];
}
