/** How a card looks, on the page and in a shop's: one sheet for every place that shows cards. */

export const look = new CSSStyleSheet();

look.replaceSync(`
likewise-card {
	position: relative;
	display: grid;
	gap: 8px;
	align-content: start;
	min-width: 0;

	.tile, .judge { grid-area: 1 / 1; }
	.tile {
		position: relative;
		aspect-ratio: var(--lw-tile-shape, 1);
		display: grid;
		place-items: center;
		overflow: hidden;
		border-radius: var(--lw-radius, 8px);
		background: var(--lw-tile, #fff);
		color: #83868b;
	}
	.tile::after { content: ""; position: absolute; inset: 0; background: var(--lw-tile-veil, none); }
	img { position: absolute; inset: 6%; width: 88%; height: 88%; object-fit: contain; }
	a:focus-visible { outline: none; }
	&:has(a:focus-visible) .tile { outline: 2px solid var(--lw-accent, #0b6b5d); outline-offset: 2px; }
	.text {
		display: grid;
		grid-template-columns: minmax(0, 1fr) auto;
		column-gap: 8px;
		font-size: var(--lw-text-2, 13px);
		line-height: 20px;
	}
	.title, .note { grid-column: 1 / -1; }
	.title, .price { color: inherit; text-decoration: none; }
	.title, .facts { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
	.title::after { content: ""; position: absolute; inset: 0; z-index: 1; }
	.facts, .score, .note { color: var(--lw-quiet, #5c6066); }
	.note { overflow-wrap: anywhere; }
	.price, .score { font-variant-numeric: tabular-nums; }
	.judge {
		position: relative;
		z-index: 2;
		place-self: end;
		padding: 8px;
		display: flex;
		gap: 4px;
		pointer-events: none;
	}
	button {
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
	button:hover { border-color: #83868b; color: #000; }
	button[aria-pressed="true"] { border-color: transparent; background: var(--lw-accent, #0b6b5d); color: var(--lw-on-accent, #fff); }
	.dislike[aria-pressed="true"] { background: #3a3d42; color: #fff; }
	&:hover button, &:focus-within button, button[aria-pressed="true"] { opacity: 1; }
	@media (hover: none) { button { opacity: 1; } }
	.icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
	.tile > .icon { width: 32px; height: 32px; }
}
`);

/** Use it in a document or a shadow root. */
export function wear(place) {
	if (!place.adoptedStyleSheets.includes(look)) place.adoptedStyleSheets = [...place.adoptedStyleSheets, look];
}
