/** The pictures that a visitor gave, by their hash, while the tab lives; after a reload as small copies. */

import { el, on, settled } from "./dom.js";

const SIDE = 640;
const KEPT = "likewise:pictures";
const MOST = 4;

/** Bytes and an address of each, the latest last. */
const held = new Map();

/** Keep a picture under its name, as long as not many others follow. */
export function keep(name, blob) {
	const url = held.get(name)?.url ?? URL.createObjectURL(blob);
	held.delete(name);
	held.set(name, { blob, url });
	const [[oldest, { url: old }]] = held;
	if (held.size > MOST && held.delete(oldest)) URL.revokeObjectURL(old);
	copySoon(name, blob);
}

/** An address for an `img`, or null. */
export const show = (name) => held.get(name)?.url ?? stored()[name] ?? null;

/** The bytes, or those of the small copy, or null. */
export function bytes(name) {
	const copy = stored()[name];
	return held.get(name)?.blob ?? (copy ? fromDataUrl(copy) : null);
}

/** The picture in a `data:` address; null where that is damaged. */
export function fromDataUrl(url) {
	const [head, body] = url.split(",", 2);
	try {
		const raw = head.endsWith(";base64") ? atob(body) : decodeURIComponent(body);
		return new Blob([Uint8Array.from(raw, (letter) => letter.charCodeAt(0))], { type: head.slice(5).split(";")[0] });
	} catch {
		return null;
	}
}

/** A JPEG copy with sides of at most `side` pixels. */
export async function smaller(blob, side) {
	const picture = await createImageBitmap(blob);
	const scale = Math.min(1, side / Math.max(picture.width, picture.height));
	const [width, height] = [picture.width, picture.height].map((each) => Math.max(1, Math.round(each * scale)));
	const canvas = el("canvas", { width, height });
	const brush = canvas.getContext("2d");
	brush.fillStyle = "#fff";
	brush.fillRect(0, 0, width, height);
	brush.drawImage(picture, 0, 0, width, height);
	picture.close();
	return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

/** Not while the first hits are on their way. */
const copySoon = settled(copy, 500);

async function copy(name, blob) {
	const small = await smaller(blob, SIDE).catch(() => null);
	if (!small) return;
	const reader = new FileReader();
	on(reader, "load", () => {
		const others = Object.entries(stored()).filter(([each]) => each !== name);
		try {
			const all = [...others.slice(1 - MOST), [name, reader.result]];
			sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(all)));
		} catch {
			// No room, or no storage: after a reload the page asks for the picture.
		}
	});
	reader.readAsDataURL(small);
}

function stored() {
	try {
		return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
	} catch {
		return {};
	}
}
