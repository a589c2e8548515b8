/** The theme: the system's, light, or dark. */

import { iconButton } from "./dom.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const WORDS = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

/** `<likewise-theme>` */
class LikewiseTheme extends HTMLElement {
  connectedCallback() {
    this.#draw();
  }

  #draw(focus = false) {
    const now = document.documentElement.dataset.theme ?? "auto";
    const button = iconButton(now, WORDS[now], { onclick: () => this.#choose(NEXT[now]) });
    this.replaceChildren(button);
    if (focus) button.focus();
  }

  #choose(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("likewise:theme", theme);
    } catch {
      // Kept for this visit only.
    }
    dispatchEvent(new Event("likewise:theme"));
    this.#draw(true);
  }
}

customElements.define("likewise-theme", LikewiseTheme);
