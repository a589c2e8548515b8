/** The page: which part hears what. */

import "./chips.js";
import "./drop-zone.js";
import "./filters.js";
import "./grid.js";
import "./knobs.js";
import "./notices.js";
import "./status.js";
import "./strip.js";
import "./theme.js";
import "./toolbar.js";
import { on } from "./dom.js";
import { Search } from "./search.js";
import { catalog, reload, search, store } from "./session.js";
import { keepInSheet } from "./sheet.js";
import { products } from "./words.js";

/** Answers that come sooner replace what is there without a moment of grey. */
const PATIENCE = 150;

const part = (name) => document.querySelector(`likewise-${name}`);
const [grid, strip, status, toolbar, drop, notices] = ["grid", "strip", "status", "toolbar", "drop", "notices"].map(part);
const filters = document.getElementById("open-filters");
const live = document.getElementById("live");
const root = document.documentElement;

let waiting;
let scroll = history.state?.scroll ?? null;

on(search, "asking", ({ detail: { blob } }) => {
	clearTimeout(waiting);
	status.clear();
	root.dataset.asked = blob || store.begun ? "yes" : "no";
	if (blob) strip.preview(blob);
	waiting = setTimeout(() => grid.wait(), PATIENCE);
});

on(search, "answer", async ({ detail: { answer, added } }) => {
	clearTimeout(waiting);
	const known = await catalog.catch(refuse);
	if (!known || answer !== search.answer) return;
	root.dataset.asked = store.begun ? "yes" : "no";
	strip.learn(answer.hits, known);
	grid.show(answer, added, known);
	showMap(answer);
	if (added) return;
	status.answered(answer);
	strip.update();
	toolbar.count(answer, known);
	strip.describe();
	live.textContent = answer.hits.length ? `${products(answer.hits.length)} shown` : "Nothing found";
	if (scroll !== null) scrollTo({ top: scroll });
	scroll = null;
});

on(search, "failed", ({ detail: { error, ...given } }) => refuse(error, given));

on(store, "change", ({ detail: { before, back } }) => {
	mark();
	scroll = back ? (history.state?.scroll ?? 0) : null;
	const { at } = store.screen;
	if (Search.key(before) !== Search.key(store.screen) || (refused() && before.at === at)) search.ask();
	else if (back && scroll !== null) scrollTo({ top: scroll });
	title();
});

on(store, "same", () => refused() && search.ask());

for (const source of [drop, status]) on(source, "picture", ({ detail }) => give(detail));
on(status, "choose", () => drop.choose());
on(status, "retry", async () => {
	if ((await catalog.catch(() => null)) || (await renew())) search.retry();
});

on(notices, "reload", async () => {
	if (await renew()) search.ask();
});

async function renew() {
	search.forget();
	const renewed = await reload().catch(refuse);
	if (!renewed) return false;
	part("filters").build(renewed);
	part("knobs").build(renewed);
	strip.renew();
	title();
	return true;
}

on(window, "keydown", (event) => {
	if (event.key !== "/" || event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey) return;
	event.preventDefault();
	drop.focusField();
});

/** A picture, or its address, or why it is neither. */
async function give({ blob, url, error }) {
	scrollTo({ top: 0 });
	const { limits = {}, can = {} } = await catalog.catch(() => ({}));
	if (can.pictures === false) error = { type: "blind" };
	else if (blob?.size > limits.bytes) error ??= { status: 413, message: `It has ${Math.ceil(blob.size / 2 ** 20)} MB.` };
	if (!error) return search.look({ blob, url });
	search.stop();
	return refuse(error, { blob });
}

const refused = () => root.dataset.asked === "refused";

/** Nothing was asked that could be shown. */
async function refuse(error, given) {
	clearTimeout(waiting);
	const { limits } = await catalog.catch(() => ({}));
	grid.clear();
	root.dataset.asked = "refused";
	status.failed(error, { ...given, limits });
	live.textContent = status.querySelector("h1").textContent;
}

function mark() {
	root.dataset.view = store.screen.view;
	const chosen = store.screen.where.length;
	filters.querySelector(".badge").textContent = chosen || "";
	filters.querySelector(".badge").hidden = !chosen;
	for (const link of document.querySelectorAll("[data-view-link]")) {
		const view = link.dataset.viewLink;
		link.href = store.href({ view });
		link.ariaCurrent = view === store.screen.view ? "page" : null;
	}
	showMap(search.answer);
}

/** The map's code comes when somebody looks at it. */
async function showMap(answer) {
	if (store.screen.view !== "map") return;
	try {
		await import("./map.js");
	} catch {
		document.querySelector(".map-said").textContent = "The map cannot be loaded now. Reload the page.";
		// Browsers do not ask again for a module that they could not have.
		on(window, "online", () => location.reload());
		return;
	}
	const known = await catalog.catch(() => null);
	if (known) part("map").show(answer, known);
}

async function title() {
	const known = await catalog.catch(() => null);
	const shop = known && known.name !== "Likewise" ? known.name : "";
	document.getElementById("shop").textContent = shop;
	// Without the network that built the index nobody can ask with a picture.
	root.toggleAttribute("data-blind", known?.can.pictures === false);
	document.title = [store.screen.id, "Likewise", shop].filter(Boolean).join(" · ");
}

keepInSheet(document.getElementById("panel"), document.getElementById("sheet"), filters);
mark();
title();
search.ask();
// Seen at once as it will stay, instead of piece by piece.
root.dataset.ready = "";
