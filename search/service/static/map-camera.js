/** What part of the map is seen: moved and zoomed with the mouse, fingers, and keys. */

const CLOSEST = 60;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Camera {
  #pointers = new Map();
  #travelled = 0;

  /**
   * @param {HTMLElement} stage what is pointed at
   * @param {{moved: () => void, rested: () => void, picked: (event) => void}} hears
   */
  constructor(stage, hears) {
    this.stage = stage;
    this.hears = hears;
    this.fit();
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => this.#up(event));
    stage.addEventListener("keydown", (event) => this.#key(event));
  }

  /** All of it. */
  fit() {
    [this.x, this.y, this.zoom] = [0.5, 0.5, 1];
  }

  /** As the address has it: `x,y,zoom`; empty for all of it. */
  get text() {
    return this.zoom === 1 && this.x === 0.5 && this.y === 0.5 ? null : [this.x, this.y, this.zoom].map((part) => Number(part.toFixed(4))).join(",");
  }

  set text(text) {
    const parts = text?.split(",").map(Number) ?? [];
    if (parts.length === 3 && parts.every(Number.isFinite)) {
      [this.x, this.y] = parts;
      this.zoom = Math.min(CLOSEST, Math.max(1, parts[2]));
    } else this.fit();
  }

  /** CSS pixels that the whole map takes. */
  get unit() {
    return Math.min(this.stage.clientWidth, this.stage.clientHeight) * 0.94 * this.zoom;
  }

  /** A place on the stage in CSS pixels, as a place on the map. */
  place(left, top) {
    return [this.x + (left - this.stage.clientWidth / 2) / this.unit, this.y + (top - this.stage.clientHeight / 2) / this.unit];
  }

  /** A place on the map, in CSS pixels on the stage. */
  pixel = (x, y) => [(x - this.x) * this.unit + this.stage.clientWidth / 2, (y - this.y) * this.unit + this.stage.clientHeight / 2];

  /** Closer by a factor; what lies under (left, top) stays there. */
  zoomBy(factor, left = this.stage.clientWidth / 2, top = this.stage.clientHeight / 2) {
    const [x, y] = this.place(left, top);
    this.zoom = Math.min(CLOSEST, Math.max(1, this.zoom * factor));
    const [newX, newY] = this.place(left, top);
    this.#shift(x - newX, y - newY);
  }

  /** With a place of the map in the middle. */
  centre(x, y, zoom = this.zoom) {
    [this.x, this.y, this.zoom] = [x, y, zoom];
    this.#shift(0, 0);
  }

  #shift(x, y) {
    this.x = Math.min(1, Math.max(0, this.x + x));
    this.y = Math.min(1, Math.max(0, this.y + y));
    this.hears.moved();
    this.hears.rested();
  }

  #wheel(event) {
    event.preventDefault();
    const own = this.stage.getBoundingClientRect();
    const turned = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    this.zoomBy(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.002)), event.clientX - own.left, event.clientY - own.top);
  }

  #down(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size === 1) this.#travelled = 0;
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.#pointers.values()].filter((each) => each.pointerId !== event.pointerId);
    this.#pointers.set(event.pointerId, event);
    const [right, down] = [event.clientX - before.clientX, event.clientY - before.clientY];
    this.#travelled += Math.abs(right) + Math.abs(down);
    const fingers = others.length + 1;
    if (others.length) {
      const [own, other] = [this.stage.getBoundingClientRect(), others[0]];
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      this.zoomBy(apart(event) / apart(before), (event.clientX + other.clientX) / 2 - own.left, (event.clientY + other.clientY) / 2 - own.top);
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
    else if (event.key === "0") this.centre(0.5, 0.5, 1);
    else return;
    event.preventDefault();
  }
}
