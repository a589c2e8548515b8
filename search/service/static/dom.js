/** Making elements. Text arrives as text: nothing here, or anywhere on the page, parses markup. */

/**
 * An element: `el("button.chip.on", { title }, icon, "words")`. Properties are attributes where it has none of the name,
 * `on…` are listeners; children that are not there are left out.
 * @returns {HTMLElement}
 */
export function el(what, ...rest) {
	const [tag, ...classes] = what.split(".");
	const props = rest[0]?.constructor === Object ? rest.shift() : {};
	const node = document.createElement(tag);
	node.classList.add(...classes);
	// Those that send a form say so.
	if (tag === "button") node.type = "button";
	for (const [name, value] of Object.entries(props)) set(node, name, value);
	node.append(...rest.filter(Boolean));
	return node;
}

function set(node, name, value) {
	if (value === undefined || value === null) return;
	if (name === "text") node.textContent = value;
	else if (name.startsWith("on")) on(node, name.slice(2), value);
	else if (name in node && !name.includes("-")) node[name] = value;
	else node.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * One of the page's icons, or one that is `drawn` by itself, for pages that have none of ours. It says nothing to screen
 * readers: what it stands on has a name.
 */
export function icon(name, drawn) {
	const [svg, part] = ["svg", drawn ? "path" : "use"].map((tag) => document.createElementNS(SVG, tag));
	svg.classList.add("icon");
	svg.ariaHidden = "true";
	svg.setAttribute("viewBox", "0 0 24 24");
	part.setAttribute(drawn ? "d" : "href", drawn ?? `#icon-${name}`);
	svg.append(part);
	return svg;
}

/** Draw a place anew; the focus stays on what has its name there, else near it. */
export function redraw(place, ...children) {
	const all = () => [...place.querySelectorAll("button, input")];
	const name = (node) => node.value || node.ariaLabel || node.textContent;
	const focused = document.activeElement;
	const at = all().indexOf(focused);
	place.replaceChildren(...children);
	if (at < 0) return;
	const now = all();
	const next = now.find((node) => name(node) === name(focused)) ?? now[at] ?? now.at(-1) ?? document.querySelector("main");
	next.focus({ preventScroll: true });
}

/** Call `act` once the calls have paused for `ms`. */
export function settled(act, ms) {
	let timer;
	return (...given) => {
		clearTimeout(timer);
		timer = setTimeout(() => act(...given), ms);
	};
}

/** Listen to an event, or to several divided by spaces. */
export function on(target, types, hear, options) {
	for (const type of types.split(" ")) target.addEventListener(type, hear, options);
}

export const tell = (target, type, detail) => target.dispatchEvent(new CustomEvent(type, { detail }));
