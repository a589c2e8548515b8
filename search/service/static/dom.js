/** Making elements. Text arrives as text: nothing here, or anywhere on the page, parses markup. */

/**
 * An element: `class`, `text` and `on…` listeners by name, other names are properties where it has them, else attributes.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  node.append(...children.filter((child) => child || child === 0));
  return node;
}

function set(node, name, value) {
  if (value === undefined || value === null) return;
  if (name === "class") node.className = value;
  else if (name === "text") node.textContent = value;
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name in node && !name.includes("-")) node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";

/** Outlines in a square of 24, drawn with the current colour. */
const ICONS = {
  like: "M7 10.5V20H4v-9.5zm0 0L11 3c1.8.1 2.6 1.3 2.3 3l-.6 3.5H18c1.5 0 2.4 1.2 2.1 2.6l-1.4 6.3c-.2 1-1 1.6-2 1.6H7",
  dislike: "M17 13.5V4h3v9.5zm0 0L13 21c-1.8-.1-2.6-1.3-2.3-3l.6-3.5H6c-1.5 0-2.4-1.2-2.1-2.6l1.4-6.3c.2-1 1-1.6 2-1.6H17",
  close: "M6 6l12 12M18 6L6 18",
  camera: "M4 8h3.5l1.5-3h6l1.5 3H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  filter: "M4 7h16M7 12h10M10 17h4",
  grid: "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
  map: "M6 7h.01M10 12h.01M17 6h.01M15 10h.01M7 17h.01M12 18h.01M18 15h.01M13 5h.01",
  auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5L20 20",
  enlarge: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
};

/** An icon that says nothing to screen readers: what it stands on has a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon and says a name. */
export const iconButton = (name, label, props = {}) =>
  el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...props }, icon(name));

/** Call `act` once the calls have paused for `ms`. */
export function settled(act, ms) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), ms);
  };
}
