/** How a card looks, on the page and in a shop's: one sheet for every place that shows cards. */

export const look = new CSSStyleSheet();

look.replaceSync(`
likewise-card {
	position: relative;
	display: grid;
	gap: 8px;
	align-content: start;
	min-width: 0;
}
likewise-card .tile, likewise-card .judge { grid-area: 1 / 1; }
likewise-card .tile {
	position: relative;
	aspect-ratio: var(--lw-tile-shape, 1);
	display: grid;
	place-items: center;
	overflow: hidden;
	border-radius: var(--lw-radius, 8px);
	background: var(--lw-tile, #fff);
	color: #83868b;
}
likewise-card .tile::after { content: ""; position: absolute; inset: 0; background: var(--lw-tile-veil, none); }
likewise-card img {
	position: absolute;
	inset: 6%;
	width: 88%;
	height: 88%;
	object-fit: contain;
	transition: transform var(--lw-motion, 150ms);
}
likewise-card a:focus-visible { outline: none; }
likewise-card:has(a:focus-visible) .tile {
	outline: 2px solid var(--lw-accent, #0b6b5d);
	outline-offset: 2px;
}
likewise-card .text {
	display: grid;
	grid-template-columns: minmax(0, 1fr) auto;
	column-gap: 8px;
	font-size: var(--lw-text-2, 13px);
	line-height: 20px;
}
likewise-card .title {
	grid-column: 1 / -1;
	color: inherit;
	text-decoration: none;
}
likewise-card .title, likewise-card .facts {
	overflow: hidden;
	white-space: nowrap;
	text-overflow: ellipsis;
}
likewise-card .title::after { content: ""; position: absolute; inset: 0; z-index: 1; }
likewise-card .facts, likewise-card .score { color: var(--lw-quiet, #5c6066); }
likewise-card .price { color: inherit; font-variant-numeric: tabular-nums; }
likewise-card .score { font-variant-numeric: tabular-nums; }
likewise-card .note { grid-column: 1 / -1; color: var(--lw-quiet, #5c6066); }
likewise-card .judge {
	position: relative;
	z-index: 2;
	place-self: end;
	padding: 8px;
	display: flex;
	gap: 4px;
	pointer-events: none;
}
likewise-card .judge button {
	width: 36px;
	height: 36px;
	padding: 0;
	display: grid;
	place-items: center;
	border: 1px solid #d9d9d5;
	border-radius: 50%;
	background: #fff;
	color: #3a3d42;
	cursor: pointer;
	pointer-events: auto;
	opacity: 0;
	transition: opacity var(--lw-motion, 150ms);
}
likewise-card .judge button:hover { border-color: #83868b; color: #000; }
likewise-card .judge button[aria-pressed="true"] { border-color: #0b6b5d; background: #0b6b5d; color: #fff; }
likewise-card .judge .dislike[aria-pressed="true"] { border-color: #3a3d42; background: #3a3d42; }
likewise-card:hover .judge button, likewise-card:focus-within .judge button,
likewise-card .judge button[aria-pressed="true"] { opacity: 1; }
@media (hover: none) { likewise-card .judge button { opacity: 1; } }
@media (hover: hover) { likewise-card:hover img { transform: scale(1.03); } }
@media (prefers-reduced-motion: reduce) { likewise-card img { transition: none; } }
likewise-card .icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
likewise-card .tile > .icon { width: 32px; height: 32px; }
`);

/** Use it in a document or a shadow root. */
export function wear(place) {
	if (!place.adoptedStyleSheets.includes(look)) place.adoptedStyleSheets = [...place.adoptedStyleSheets, look];
}
