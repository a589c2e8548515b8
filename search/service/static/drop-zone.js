/** Where a picture comes in: dropped anywhere, pasted, chosen, photographed; or a product by its id. */

import { on, tell } from "./dom.js";
import { fromDataUrl } from "./pictures.js";
import { api, store } from "./session.js";
import { Store } from "./store.js";

/** `<likewise-drop>`; fires `picture` ({blob, url, error}): one of them. */
customElements.define("likewise-drop", class extends HTMLElement {
	connectedCallback() {
		[this.field, this.file, this.shot] = this.querySelectorAll("input");
		on(this.querySelector("[data-choose]"), "click", () => this.choose());
		on(this.querySelector("[data-photograph]"), "click", () => this.shot.click());
		on(this.querySelector("form"), "submit", (event) => {
			event.preventDefault();
			const id = this.field.value.trim();
			if (id) store.follow(Store.product(id));
		});
		on(this, "change", ({ target }) => {
			const [blob] = target.files ?? [];
			if (blob) this.#picture(blob);
			target.value = target === this.field ? target.value : "";
		});
		this.#listen();
	}

	choose() {
		this.file.click();
	}

	focusField() {
		this.field.focus();
		this.field.select();
	}

	#listen() {
		let inside = 0;
		const veil = (on) => document.documentElement.toggleAttribute("data-dropping", on);
		const takes = (event) => ["Files", "text/uri-list", "text/html"].some((type) => event.dataTransfer?.types.includes(type));
		on(window, "dragenter", (event) => takes(event) && veil((inside += 1) > 0));
		on(window, "dragleave", (event) => takes(event) && veil((inside -= 1) > 0));
		on(window, "dragover", (event) => {
			if (takes(event)) event.preventDefault();
		});
		on(window, "drop", (event) => {
			inside = 0;
			veil(false);
			if (!takes(event)) return;
			event.preventDefault();
			this.#take(event.dataTransfer);
		});
		on(window, "paste", (event) => {
			const types = event.target instanceof HTMLInputElement && !event.clipboardData.files.length;
			if (!types) this.#take(event.clipboardData);
		});
	}

	/** A file, else the address of a picture: other pages hand over no more than that. */
	#take(data) {
		const [file] = data.files;
		if (file) this.#picture(file);
		else if (data.types.length) this.#address(addressIn(data));
	}

	#address(url) {
		const own = url && ownProduct(url);
		if (own) store.follow(Store.product(own));
		else if (url?.startsWith("data:")) this.#picture(fromDataUrl(url));
		else tell(this, "picture", url ? { url } : { error: { type: "nothing" } });
	}

	/** Folders come as files, too, and files vanish: sent, they would look like a service that is away. */
	async #picture(blob) {
		const read = await blob?.slice(0, 1).arrayBuffer().catch(() => null);
		tell(this, "picture", read ? { blob } : { error: { type: "ImageError", message: "It is a folder, is gone, or is damaged" } });
	}
});

/** The address of a picture in what was dropped or pasted; a picture's own before that of a link around it. */
function addressIn(data) {
	const html = data.getData("text/html");
	// Parsed apart from the page: nothing in it loads or runs.
	const image = new DOMParser().parseFromString(html, "text/html").querySelector("img[src]");
	const listed = data.getData("text/uri-list").split(/\r?\n/).find((line) => line && !line.startsWith("#"));
	const found = [image?.getAttribute("src"), listed, data.getData("text/plain").trim()];
	// Those that are relative are so to a page that nobody knows.
	return found.find((url) => /^(https?:|blob:|data:image\/|\/\/)/i.test(url))?.replace(/^\/\//, "https://");
}

/** The product of a card that was dropped: it needs no picture. */
function ownProduct(url) {
	const prefix = api.imageUrl("", 0).split("?")[0];
	if (url.startsWith(prefix)) return decodeURIComponent(url.slice(prefix.length).split("?")[0]);
	return url.startsWith(`${location.origin}${location.pathname}?`) ? new URL(url).searchParams.get("id") : null;
}
