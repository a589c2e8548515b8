/** On narrow screens the filters lie in a sheet that comes from below. */

import { el, iconButton } from "./dom.js";

const NARROW = matchMedia("(max-width: 839px)");

/**
 * Keep `panel` in its place, or in a sheet that `opener` opens.
 * @param {HTMLElement} panel
 * @param {HTMLElement} opener
 */
export function sheet(panel, opener) {
  const place = panel.parentElement;
  const head = el("header", {}, el("h2", { text: "Filters" }), iconButton("close", "Close", { onclick: () => dialog.close() }));
  const done = el("button", { type: "button", class: "button primary", text: "Show products", onclick: () => dialog.close() });
  const dialog = el("dialog", { class: "sheet", "aria-label": "Filters" }, head, el("div", { class: "inner" }), el("footer", {}, done));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  opener.addEventListener("click", () => dialog.showModal());

  const move = () => {
    if (!NARROW.matches) dialog.close();
    const wanted = NARROW.matches ? dialog.querySelector(".inner") : place;
    if (panel.parentElement !== wanted) wanted.append(panel);
  };
  NARROW.addEventListener("change", move);
  move();
}
