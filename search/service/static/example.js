/** The shop's own script: it shows a product, which in a real shop is the shop's business. */

import { Api } from "./api.js";
import { Catalog } from "./catalog.js";
import { el } from "./dom.js";
import { name, value } from "./words.js";

const api = new Api(new URL("./", location.href));

async function product() {
  const asked = new URLSearchParams(location.search).get("id");
  if (asked) return { id: asked, payload: await api.product(asked) };
  const { products } = await api.products({ varied: true, limit: 1 });
  return products[0];
}

async function show() {
  const [{ id, payload }, catalog] = await Promise.all([product(), api.schema().then((schema) => new Catalog(schema))]);
  document.querySelector("likewise-similar").setAttribute("product", id);
  document.getElementById("photo").src = api.imageUrl(id, 640);
  document.getElementById("name").textContent = catalog.title(id, payload);
  document.getElementById("price").textContent = catalog.price(payload);
  const rows = catalog.filters.filter((column) => payload[column.name] !== undefined && column.name !== catalog.schema.price);
  const facts = rows.slice(0, 6).flatMap((column) => [el("dt", name(column.name)), el("dd", { text: value(payload[column.name]) })]);
  document.getElementById("facts").replaceChildren(...facts);
}

show().catch((error) => (document.getElementById("name").textContent = error.message));
