"""How long after a drop the page has hits, with the networks that indexes are built with: minutes, hence no test.

python tests/helpers/drop_times.py INDEX CATALOG [PICTURES]
"""

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from likewise.evaluation.benchmarks.load_pictures import warm
from likewise.evaluation.benchmarks.load_service import serving
from likewise.ingest.index import picture_source
from likewise.search import SearchClient

WATCH = """() => {
  const grid = document.querySelector("likewise-grid");
  addEventListener("drop", () => (window.dropped = performance.now()), true);
  new MutationObserver(() => {
    const answered = window.dropped && location.search.includes("picture") && grid.querySelector("likewise-card");
    if (answered) window.shown ??= performance.now() - window.dropped;
  }).observe(grid, { childList: true, subtree: true });
}"""

DROP = """(bytes) => {
  const held = new DataTransfer();
  held.items.add(new File([new Uint8Array(bytes)], "picture.jpg", { type: "image/jpeg" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


def main(index, catalog, count=30):
    with SearchClient.open(index) as client, picture_source(client.manifest, catalog) as source:
        ids = list(client.ids())
        payloads = client.get_batch(ids[:: len(ids) // count][:count])
        pictures = [source.read(client.payloads.images(payload)[0]) for payload in payloads]
    times = []
    with serving(index, "--catalog", str(catalog)) as service, sync_playwright() as playwright:
        warm(service.address, pictures[:1], 1)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(service.address)
        page.wait_for_function("() => document.querySelector('likewise-grid likewise-card')")
        page.wait_for_load_state("networkidle")
        page.evaluate(WATCH)
        for at, picture in enumerate(pictures):
            page.evaluate("() => { window.shown = window.dropped = undefined; }")
            # A byte behind a picture makes it one that nobody has sent before.
            page.evaluate(DROP, list(picture + bytes([at])))
            page.wait_for_function("() => window.shown")
            times.append(page.evaluate("() => window.shown"))
            page.wait_for_load_state("networkidle")
        browser.close()
    times.sort()
    sys.stdout.write(f"{count} drops: median {statistics.median(times):.0f} ms, {times[0]:.0f} to {times[-1]:.0f} ms\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
