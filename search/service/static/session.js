/** What the parts of the page share: the service, the screen, the catalog, and the search that runs. */

import { Api } from "./api.js";
import { Catalog } from "./catalog.js";
import { Search } from "./search.js";
import { Store } from "./store.js";

/** The page lies where the service does, under whatever prefix. */
export const api = new Api(new URL("./", location.href));

export const store = new Store();

export const search = new Search(api, store);

/** @type {Promise<Catalog>} */
export let catalog = load();

/** Read the catalog again, after another version of it has been published; the old one stays where that fails. */
export async function reload() {
	const { version } = api;
	api.version = null;
	try {
		const renewed = await load();
		catalog = Promise.resolve(renewed);
		return renewed;
	} catch (error) {
		api.version = version;
		throw error;
	}
}

async function load() {
	return new Catalog(await api.schema());
}
