/** Where a picture comes in: dropped anywhere, pasted, chosen, photographed; or a product by its id. */

import { el, icon } from "./dom.js";
import { fromDataUrl } from "./pictures.js";
import { api, store } from "./session.js";
import { Store } from "./store.js";

/** `<likewise-drop>`; fires `picture` ({blob}) and `address` ({url}). */
class LikewiseDrop extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.file = this.#input({});
    // On a phone this opens the camera, the other one the album.
    this.shot = this.#input({ capture: "environment" });
    const choose = el("button", { type: "button", class: "drop", onclick: () => this.choose() }, icon("picture"), ...words());
    const camera = el("button", { type: "button", class: "drop coarse", onclick: () => this.shot.click() }, icon("camera"), el("span", { class: "strong", text: "Photograph" }));
    this.append(choose, camera, this.#form(), this.file, this.shot);
    this.#listen();
  }

  /** Open the system's dialog for files. */
  choose() {
    this.file.click();
  }

  focusField() {
    this.field.focus();
    this.field.select();
  }

  #input(props) {
    const input = el("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "Picture", tabIndex: -1, ...props });
    input.addEventListener("change", () => {
      const [blob] = input.files;
      input.value = "";
      if (blob) this.#picture(blob);
    });
    return input;
  }

  #form() {
    this.field = el("input", {
      class: "field",
      name: "id",
      placeholder: "or a product’s id",
      "aria-label": "Product id",
      autocomplete: "off",
      spellcheck: false,
      enterKeyHint: "search",
    });
    const go = el("button", { class: "icon-button", "aria-label": "Search by id", title: "Search by id" }, icon("search"));
    const form = el("form", { class: "by-id", role: "search" }, this.field, go);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const id = this.field.value.trim();
      if (id) store.go(Store.product(id));
    });
    return form;
  }

  #listen() {
    let inside = 0;
    const veil = (on) => document.documentElement.toggleAttribute("data-dropping", on);
    const takes = (event) => ["Files", "text/uri-list", "text/html"].some((type) => event.dataTransfer?.types.includes(type));
    addEventListener("dragenter", (event) => takes(event) && veil((inside += 1) > 0));
    addEventListener("dragleave", (event) => takes(event) && veil((inside -= 1) > 0));
    addEventListener("dragover", (event) => {
      if (takes(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      inside = 0;
      veil(false);
      if (!takes(event)) return;
      event.preventDefault();
      this.#take(event.dataTransfer);
    });
    addEventListener("paste", (event) => {
      const types = event.target instanceof HTMLInputElement && !event.clipboardData.files.length;
      if (!types) this.#take(event.clipboardData);
    });
  }

  /** A file, else the address of a picture: other pages hand over no more than that. */
  #take(data) {
    const file = [...data.files][0];
    if (file) this.#picture(file);
    else this.#address(addressIn(data));
  }

  #address(url) {
    if (!url) return;
    const own = ownProduct(url);
    if (own) store.go(Store.product(own));
    else if (url.startsWith("data:image/")) this.#picture(fromDataUrl(url));
    else if (/^(https?|blob):/.test(url)) this.dispatchEvent(new CustomEvent("address", { detail: { url } }));
  }

  #picture(blob) {
    this.dispatchEvent(new CustomEvent("picture", { detail: { blob } }));
  }
}

const words = () => [
  el("span", { class: "strong fine", text: "Drop or choose a picture" }),
  el("span", { class: "strong coarse", text: "Choose a picture" }),
  el("span", { class: "hint fine", text: "or paste one, anywhere on the page" }),
];

/** The address of a picture in what was dropped or pasted; a picture's own before that of a link around it. */
function addressIn(data) {
  const html = data.getData("text/html");
  // Parsed apart from the page: nothing in it loads or runs.
  const image = new DOMParser().parseFromString(html, "text/html").querySelector("img[src]");
  const listed = data.getData("text/uri-list").split(/\r?\n/).find((line) => line && !line.startsWith("#"));
  return image?.getAttribute("src") || listed || data.getData("text/plain").trim();
}

/** The product of a card that was dropped: it needs no picture. */
function ownProduct(url) {
  const prefix = api.imageUrl("", 0).split("?")[0];
  if (url.startsWith(prefix)) return decodeURIComponent(url.slice(prefix.length).split("?")[0]);
  return url.startsWith(`${location.origin}${location.pathname}?`) ? new URL(url).searchParams.get("id") : null;
}

customElements.define("likewise-drop", LikewiseDrop);
