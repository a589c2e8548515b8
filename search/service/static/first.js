// Before the first paint, hence no module: the chosen theme, and whether the address asks for something.
(() => {
	const root = document.documentElement;
	try {
		const theme = localStorage.getItem("likewise:theme");
		if (theme === "light" || theme === "dark") root.dataset.theme = theme;
	} catch {
		// A browser that keeps nothing: the system's theme.
	}
	const address = new URLSearchParams(location.search);
	root.dataset.view = address.get("view") === "map" ? "map" : "grid";
	root.dataset.asked = ["id", "picture", "like", "dislike"].some((name) => address.has(name)) ? "yes" : "no";
})();
