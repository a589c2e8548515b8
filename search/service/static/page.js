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
import { ApiError } from "./api.js";
import { Search } from "./search.js";
import { api, catalog, reload, search, store } from "./session.js";
import { sheet } from "./sheet.js";
import { products } from "./words.js";

/** Answers that come sooner replace what is there without a moment of grey. */
const PATIENCE = 150;

const part = (name) => document.querySelector(`likewise-${name}`);
const [grid, strip, status, toolbar, drop, notices] = ["grid", "strip", "status", "toolbar", "drop", "notices"].map(part);
const filters = document.getElementById("open-filters");
const live = document.getElementById("live");
const root = document.documentElement;

let waiting;
let scroll = null;

search.addEventListener("asking", ({ detail: { blob } }) => {
  clearTimeout(waiting);
  status.clear();
  root.dataset.asked = store.asks ? "yes" : "no";
  strip.hidden = !store.asks;
  if (blob) {
    root.dataset.asked = "yes";
    strip.preview(blob);
  }
  waiting = setTimeout(() => grid.wait(), PATIENCE);
});

search.addEventListener("answer", async ({ detail: { answer, added } }) => {
  clearTimeout(waiting);
  const known = await catalog;
  if (answer !== search.answer) return;
  strip.learn(answer.hits, known);
  grid.show(answer, added, known);
  showMap(answer);
  if (added) return;
  status.answered(answer);
  toolbar.count(answer, known);
  strip.describe();
  live.textContent = answer.hits.length ? `${products(answer.hits.length)} shown` : "Nothing found";
  if (scroll !== null) scrollTo({ top: scroll });
  scroll = null;
});

search.addEventListener("failed", async ({ detail: { error, blob, url, more } }) => {
  clearTimeout(waiting);
  if (more) return;
  grid.clear();
  const limits = await catalog.catch(() => null);
  if (url) status.refusedAddress(error);
  else status.failed(error, { blob, catalog: limits });
  live.textContent = status.querySelector("h1, h2").textContent;
  refused();
});

store.addEventListener("change", ({ detail: { before, back } }) => {
  mark();
  scroll = back ? (history.state?.scroll ?? 0) : null;
  if (Search.key(before) !== Search.key(store.screen)) search.ask();
  else if (back && scroll !== null) scrollTo({ top: scroll });
  title();
});

drop.addEventListener("picture", ({ detail: { blob } }) => give(blob));
status.addEventListener("picture", ({ detail: { blob } }) => give(blob));
drop.addEventListener("address", ({ detail: { url } }) => search.lookAt(url));
status.addEventListener("choose", () => drop.choose());
status.addEventListener("retry", () => search.ask());
status.addEventListener("key", ({ detail: { key } }) => {
  sessionStorage.setItem("likewise:key", key);
  location.reload();
});

notices.addEventListener("reload", async () => {
  search.forget();
  toolbar.forget();
  const renewed = await reload();
  part("filters").build(renewed);
  part("knobs").build(renewed);
  search.ask();
});

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  drop.focusField();
});

/** A picture that answers the page's own question keeps the rest of the screen; any other is a new question. */
async function give(blob) {
  scrollTo({ top: 0 });
  const { limits } = await catalog.catch(() => ({ limits: {} }));
  if (limits.bytes && blob.size > limits.bytes) {
    grid.clear();
    refused();
    const said = `It has ${Math.ceil(blob.size / 2 ** 20)} MB.`;
    status.failed(new ApiError(413, "ImageError", said), { blob, catalog: await catalog });
    return;
  }
  const asksAgain = status.dataset.state === "forgotten";
  search.look(blob, { keepLikes: asksAgain });
}

/** Nothing was asked that could be shown. */
function refused() {
  strip.hidden = true;
  root.dataset.asked = "refused";
}

function mark() {
  root.dataset.view = store.screen.view;
  root.dataset.asked = store.asks ? "yes" : "no";
  const chosen = store.screen.where.length;
  filters.querySelector(".badge").textContent = chosen || "";
  filters.querySelector(".badge").hidden = !chosen;
  for (const link of document.querySelectorAll("[data-view-link]")) {
    link.setAttribute("href", store.href({ view: link.dataset.viewLink }));
    if (link.dataset.viewLink === store.screen.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showMap(search.answer);
}

/** The map's code comes when somebody looks at it. */
async function showMap(answer) {
  if (store.screen.view !== "map") return;
  await import("./map.js");
  part("map").show(answer, await catalog);
}

async function title() {
  const known = await catalog.catch(() => null);
  const shop = known && known.name !== "Likewise" ? known.name : "";
  document.getElementById("shop").textContent = shop;
  document.title = [store.screen.id, "Likewise", shop].filter(Boolean).join(" · ");
}

sheet(document.getElementById("panel"), filters);
mark();
title();
search.ask();
// Seen at once as it will stay, instead of piece by piece.
root.dataset.ready = "";
