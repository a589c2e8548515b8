/** On narrow screens the filters lie in a sheet that comes from below. */

import { on } from "./dom.js";

const NARROW = matchMedia("(max-width: 839px)");

/** Keep an element (`panel`) in its place, or in a dialog (`sheet`) that a button (`opener`) opens. */
export function keepInSheet(panel, sheet, opener) {
	const place = panel.parentElement;
	const move = () => {
		if (!NARROW.matches) sheet.close();
		const wanted = NARROW.matches ? sheet.querySelector(".inner") : place;
		if (panel.parentElement !== wanted) wanted.append(panel);
	};
	on(opener, "click", () => sheet.showModal());
	on(NARROW, "change", move);
	move();
}

/** Dialogs close by their buttons, and by a click beside them; by Escape they do of themselves. */
on(document, "click", ({ target }) => {
	const closes = target.closest("[data-close]") || target.matches("dialog");
	if (closes) target.closest("dialog").close();
});
