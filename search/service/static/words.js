/** How the page writes names, numbers and days. */

const NUMBER = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export const count = (number) => NUMBER.format(number);

/** A price, with the sign of its currency where that is one. */
export function money(value, currency) {
	const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
	const unit = /^[A-Z]{3}$/.test(currency) ? { style: "currency", currency } : {};
	return new Intl.NumberFormat("en", { ...digits, ...unit }).format(value);
}

export const short = (number) => SHORT.format(number);

/** A share of one in whole per cent; only what is all but certain is 100 %. */
export function percent(share) {
	return `${share < 0.9995 ? Math.min(99, Math.round(share * 100)) : 100} %`;
}

export const products = (number) => (number === 1 ? "1 product" : `${count(number)} products`);

/** `baseColour` and `in_stock` as people write them: `Base colour`, `In stock`. */
export function name(column) {
	const words = column.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").trim().toLowerCase();
	return words ? words[0].toUpperCase() + words.slice(1) : column;
}

/** A value of the catalog as text: lists with commas, yes and no. */
export function value(given) {
	if (Array.isArray(given)) return given.map(value).join(", ");
	if (typeof given === "boolean") return given ? "yes" : "no";
	return String(given);
}
