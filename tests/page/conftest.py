"""A browser, the page over the real service, and what every visit watches: no word on the console, no other host."""

import contextlib
import os
import shutil
from dataclasses import dataclass, field

import pytest
from page_service import serving
from page_shop import make_shop
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")

# The terminal's summary says so in one line; under CI the tests run, and fail.
collect_ignore_glob = [] if CHROMIUM or os.environ.get("CI") else ["test_*.py"]

expect.set_options(timeout=30_000)


# Not of the session: as long as it is open, no test of another file can run an event loop in this process.
@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.fail("no chromium in PATH, which the tests of the page need")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory, make_encoder):
    """Drawn furniture; nobody changes it."""
    return make_shop(tmp_path_factory.mktemp("shop"), make_encoder())


@pytest.fixture(scope="session")
def service(shop, make_encoder):
    """The address of the service over it."""
    with serving(shop, make_encoder(), name="Corner Shop") as address:
        yield address


@dataclass
class Visit:
    """A page and what went on in it.

    Attributes:
        page: of the browser.
        service: address of the service.
        complaints: of the console.
        requests: addresses that were asked for.
    """

    page: Page
    service: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str = "/", *, settled: bool = True) -> Page:
        """Go to an address of the service, and wait until there is an answer."""
        self.page.goto(self.service + address, wait_until="domcontentloaded")
        if settled:
            answered(self.page)
        return self.page

    def give(self, *files, settled: bool = True) -> None:
        """Choose a picture: a path, or a name, type and bytes."""
        before = self.page.url
        self.page.set_input_files("likewise-drop input[type=file] >> nth=0", *files)
        if settled:
            self.page.wait_for_url(lambda url: url != before and "picture=" in url)
            answered(self.page)

    def asked(self, part: str) -> list[str]:
        """The requests whose address has a part."""
        return [each for each in self.requests if part in each]


def answered(page: Page) -> None:
    """Wait until the grid has an answer's cards, or something is said instead."""
    page.wait_for_function(
        """() => {
          const grid = document.querySelector("likewise-grid");
          const said = document.querySelector("likewise-status");
          return (grid && !grid.ariaBusy && grid.querySelector("likewise-card")) || (said && said.dataset.state);
        }"""
    )


@pytest.fixture
def visiting(browser, service):
    """Open a window: `with visiting(width=360) as visit`. Afterwards nothing may have been complained about."""

    @contextlib.contextmanager
    def visiting(*, width=1200, height=900, expected=(), base=service, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)
        context.set_default_navigation_timeout(30_000)
        visit = Visit(context.new_page(), base)
        visit.page.on("console", lambda said: visit.complaints.append(said.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        try:
            yield visit
        finally:
            context.close()
        # A browser writes every refused request onto the console by itself.
        complaints = [each for each in visit.complaints if not each.startswith("Failed to load resource")]
        assert [each for each in complaints if not any(word in each for word in expected)] == []
        hosts = (base, "data:", "blob:")
        assert [each for each in visit.requests if not each.startswith(hosts)] == []

    return visiting


@pytest.fixture
def visit(visiting):
    with visiting() as visit:
        yield visit


@pytest.fixture(scope="session")
def cards():
    """The products in the grid: their ids, in order."""
    return lambda page: page.eval_on_selector_all(
        "likewise-grid likewise-card", "all => all.map((each) => each.hit.id)"
    )


@pytest.fixture(scope="session")
def drop():
    """Drop something onto the window: a file's bytes, or texts by their types."""

    def drop(page: Page, data: bytes | None = None, texts: dict[str, str] | None = None, event: str = "drop") -> None:
        page.evaluate(
            """([bytes, texts, kind]) => {
              const held = new DataTransfer();
              if (bytes) held.items.add(new File([new Uint8Array(bytes)], "picture.jpg", { type: "image/jpeg" }));
              for (const [type, text] of Object.entries(texts)) held.setData(type, text);
              const options = { bubbles: true, cancelable: true };
              const event = kind === "paste" ? new ClipboardEvent(kind, { ...options, clipboardData: held })
                : new DragEvent(kind, { ...options, dataTransfer: held });
              document.body.dispatchEvent(event);
            }""",
            [list(data) if data else None, texts or {}, event],
        )

    return drop
