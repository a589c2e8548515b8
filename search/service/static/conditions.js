/** Conditions as the service writes them (`gender=Men`, `price=10..50`, `brand!=Acme`), and what they are in words. */

import * as words from "./words.js";

const OPERATOR = /!=|<=|>=|=|<|>/;

/** `{column, sign, value}`, or null for alternatives over several columns. */
export function parse(text) {
	const found = OPERATOR.exec(text);
	if (!found || text.includes("||") || / or .*=/.test(text)) return null;
	return {
		column: text.slice(0, found.index).trim(),
		sign: found[0],
		value: text.slice(found.index + found[0].length).trim(),
	};
}

const isOn = (column) => (text) => parse(text)?.column === column;

const isChoice = (condition) => condition?.sign === "=";

export const others = (where, column) => where.filter((text) => !isOn(column)(text));

/** The values of a column of which a product has one. */
export const chosen = (where, column) =>
	where.filter(isOn(column)).map(parse).filter(isChoice).map((condition) => condition.value);

/** The conditions with a value chosen, or no longer chosen. */
export function toggled(where, column, value) {
	const text = `${column}=${value}`;
	if (where.includes(text)) return where.filter((each) => each !== text);
	// `=` and `!=` on one column exclude each other.
	return [...where.filter((each) => !isOn(column)(each) || isChoice(parse(each))), text];
}

/** The two ends of a column's range as texts, empty where it is open. */
export function range(where, column) {
	const texts = chosen(where, column).filter((text) => text.includes(".."));
	if (!texts.length) return ["", ""];
	const [low, high] = texts[0].split("..");
	return [low.trim(), high.trim()];
}

/** The conditions with another range for a column; without one where both ends are open. */
export function withRange(where, column, low, high) {
	const rest = others(where, column);
	return low === "" && high === "" ? rest : [...rest, `${column}=${low}..${high}`];
}

/** As the service repeats a condition: without spaces around its signs. */
export const plain = (text) => text.replace(/\s*(\|\||[!<>]?=|[<>])\s*/g, "$1").trim();

/** A condition for people: `Gender: Men`, `Price: 10 to 50`. */
export function inWords(text) {
	const condition = parse(text);
	if (!condition) {
		// Alternatives, as they are given and as the service tells of them.
		const parts = text.split(/\|\|| or /);
		return parts.length > 1 ? parts.map((part) => inWords(part.trim())).join(" or ") : text;
	}
	const { column, sign, value } = condition;
	const name = words.name(column);
	if (value === "*") return sign === "=" ? `has ${name.toLowerCase()}` : `without ${name.toLowerCase()}`;
	if (sign === "=" && value.includes("..")) return `${name}: ${rangeInWords(...value.split(".."))}`;
	if (sign === "=") return `${name}: ${{ true: "yes", false: "no" }[value] ?? value}`;
	return sign === "!=" ? `${name}: not ${value}` : `${name} ${sign} ${value}`;
}

function rangeInWords(low, high) {
	if (!low) return `up to ${high}`;
	return high ? `${low} to ${high}` : `from ${low}`;
}
