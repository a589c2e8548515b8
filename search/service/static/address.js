/** What is on the screen, as an address and back. Whatever is not in here is gone after a reload. */

/** Options of a search that the page offers, as they are named in addresses and by the service. */
export const KNOBS = ["diversity", "probe", "prior", "threshold", "group_by", "distinct", "boost", "fallback"];

/**
 * The screen: what is asked for (`id`, or the SHA-256 of a `picture`, and a `rectangle` of it), the conditions (`where`),
 * `liked` and `disliked` ids, `knobs`, and the `view` with the map's `colour` and place (`at`).
 */
export function read(search) {
	const address = new URLSearchParams(search);
	const one = (name) => address.get(name) || null;
	const knobs = KNOBS.filter((name) => address.has(name)).map((name) => [name, address.get(name)]);
	return {
		id: one("id"),
		picture: one("id") ? null : one("picture"),
		rectangle: one("id") && (address.has("like") || address.has("dislike")) ? null : one("rectangle"),
		where: unique(address.getAll("where")),
		liked: unique(address.getAll("like")),
		disliked: unique(address.getAll("dislike")),
		knobs: Object.fromEntries(knobs),
		view: address.get("view") === "map" ? "map" : "grid",
		colour: one("colour"),
		at: one("at"),
	};
}

/** The address of a screen, from its `?` on. */
export function write(screen) {
	const address = new URLSearchParams();
	const add = (name, ...values) => values.filter(Boolean).forEach((value) => address.append(name, value));
	add("id", screen.id);
	add("picture", screen.picture);
	add("rectangle", screen.rectangle);
	add("where", ...screen.where);
	add("like", ...screen.liked);
	add("dislike", ...screen.disliked);
	for (const name of KNOBS) add(name, screen.knobs[name]);
	// The grid keeps what the map was like.
	add("view", screen.view === "map" && "map");
	add("colour", screen.colour);
	add("at", screen.at);
	// What reads well and means nothing else in an address stays as it is.
	return `?${address.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
}

const unique = (texts) => [...new Set(texts.filter(Boolean))];
