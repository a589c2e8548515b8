/**
 * Draws the points into the pixels of a canvas: a millisecond for 44,000 of them, on a machine without a graphics card
 * too, where WebGL takes thirty.
 */

const FULL = 65535;

/** Gives what paints `points` on a canvas: `camera` has the map's middle, its pixels (`unit`), and those of a point (`size`). */
export function painter(canvas) {
	const brush = canvas.getContext("2d");
	let image = null;
	return (points, camera, colours) => {
		if (image?.width !== canvas.width || image?.height !== canvas.height)
			image = brush.createImageData(canvas.width, canvas.height);
		const pixels = new Uint32Array(image.data.buffer);
		pixels.fill(0);
		stamp(points, camera, pixels, image, colours.map(([red, green, blue]) => (blue << 16) | (green << 8) | red));
		brush.putImageData(image, 0, 0);
	};
}

function stamp(points, { x, y, unit, size }, pixels, { width, height }, colours) {
	const { inner, edge, reach } = disc(size, width);
	const [left, top, scale] = [width / 2 - x * unit, height / 2 - y * unit, unit / FULL];
	for (let at = 0; at < points.x.length; at += 1) {
		const column = Math.round(points.x[at] * scale + left);
		const row = Math.round(points.y[at] * scale + top);
		if (column < reach || row < reach || column >= width - reach || row >= height - reach) continue;
		const [place, colour] = [row * width + column, colours[points.colours[at]]];
		for (const step of inner) pixels[place + step] = colour | 0xff000000;
		// A soft edge never covers what another point has filled.
		for (const { step, cover } of edge) if (pixels[place + step] >>> 24 < cover) pixels[place + step] = colour | (cover << 24);
	}
}

/** The pixels of a round point, as steps from its middle: those inside, and those that its edge covers in part. */
function disc(size, width) {
	const radius = size / 2;
	const reach = Math.ceil(radius);
	const [inner, edge] = [[], []];
	for (let row = -reach; row <= reach; row += 1)
		for (let column = -reach; column <= reach; column += 1) {
			const cover = Math.min(1, radius - Math.hypot(row, column) + 0.5);
			if (cover >= 1) inner.push(row * width + column);
			else if (cover > 0.05) edge.push({ step: row * width + column, cover: Math.round(cover * 255) });
		}
	return { inner, edge, reach: reach + 1 };
}
