"""The widget on a shop's own page, which lies on another host and has its own style."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_service import serving
from playwright.sync_api import expect

SHOP = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<style>
  * {{ color: rgb(10, 20, 30); margin: 40px; }}
  a, img, ul, li, h2 {{ display: none; border: 9px solid red; }}
  likewise-similar {{ display: block; --lw-columns: 3; --lw-radius: 0; }}
  likewise-similar::part(heading) {{ color: rgb(200, 0, 0); }}
  likewise-similar::part(tile) {{ border: 2px solid rgb(0, 0, 200); }}
</style>
<script type="module" src="{service}/widget.js"></script></head>
<body><main><h1>Chair</h1>{body}</main></body></html>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A folder, and the host that shows it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def shared(shop, make_encoder, elsewhere):
    """A service that the shop's pages may ask."""
    with serving(shop, make_encoder(), cors=(elsewhere[1],)) as address:
        yield address


@pytest.fixture
def page_of(browser, shared, elsewhere):
    """Open a shop's page with some markup in it."""
    folder, host = elsewhere
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def page_of(body, service=shared):
        (folder / "index.html").write_text(SHOP.format(service=service, body=body), "utf-8")
        page.goto(host)
        return page

    yield page_of
    context.close()
    assert complaints == []


def test_it_shows_what_is_like_a_product(page_of):
    page = page_of('<likewise-similar product="M-1000" k="3" where="in_stock=true; price<300"></likewise-similar>')

    widget = page.locator("likewise-similar")
    expect(widget.get_by_role("heading", name="Looks like this")).to_be_visible()
    expect(widget.get_by_role("listitem")).to_have_count(3)
    expect(widget.get_by_role("link").first).to_contain_text("Chair")
    assert widget.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_its_style_is_the_shops_where_that_says_so_and_its_own_else(page_of):
    page = page_of('<likewise-similar product="M-1000" k="3"></likewise-similar>')
    widget = page.locator("likewise-similar")

    expect(widget.get_by_role("heading")).to_have_css("color", "rgb(200, 0, 0)")
    expect(widget.locator(".tile").first).to_have_css("border-top-color", "rgb(0, 0, 200)")
    expect(widget.locator(".tile").first).to_have_css("border-top-left-radius", "0px")
    expect(widget.get_by_role("link").first).to_be_visible()
    boxes = [widget.get_by_role("listitem").nth(at).bounding_box() for at in range(3)]
    assert len({box["y"] for box in boxes}) == 1


def test_links_lead_where_the_shop_says_and_a_click_is_told(page_of):
    page = page_of('<likewise-similar product="M-1000" k="3" href="/p/{id}?from=likewise"></likewise-similar>')
    link = page.locator("likewise-similar").get_by_role("link").first
    expect(link).to_have_attribute("href", re.compile(r"^/p/M-\d+\?from=likewise$"))

    page.evaluate(
        """() => document.addEventListener("likewise:click", (event) => {
          event.preventDefault();
          window.told = event.detail;
        })"""
    )
    link.click()

    told = page.evaluate("() => window.told")
    assert told["position"] == 0
    assert link.get_attribute("href") == f"/p/{told['id']}?from=likewise"
    assert told["payload"]["category"] == "Chair"
    assert "from=likewise" not in page.url


def test_it_leads_to_the_services_own_page_unless_told(page_of, shared):
    page = page_of('<likewise-similar product="M-1000"></likewise-similar>')

    expect(page.locator("likewise-similar").get_by_role("link").first).to_have_attribute(
        "href", re.compile(rf"^{shared}/\?id=M-\d+$")
    )


def test_another_product_is_another_question(page_of):
    page = page_of('<likewise-similar product="M-1000" k="3" heading="More like it"></likewise-similar>')
    widget = page.locator("likewise-similar")
    expect(widget.get_by_role("heading", name="More like it")).to_be_visible()

    page.evaluate("() => document.querySelector('likewise-similar').setAttribute('product', 'M-1004')")

    expect(widget.get_by_role("link").first).to_contain_text("Lamp")


def test_nothing_is_asked_before_somebody_comes_near(page_of):
    page = page_of('<p style="height: 3000px"></p><likewise-similar product="M-1000"></likewise-similar>')
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_function("() => customElements.get('likewise-similar')")
    page.wait_for_load_state("networkidle")
    assert [each for each in asked if "/v1/" in each] == []

    page.locator("likewise-similar").scroll_into_view_if_needed()

    expect(page.locator("likewise-similar").get_by_role("link").first).to_be_visible()


@pytest.mark.parametrize(
    "attributes",
    ['product="M-1000" src="http://127.0.0.1:9/"', 'product="no such product"', 'product="M-1000" threshold="1"'],
)
def test_where_there_is_nothing_to_show_there_is_nothing_to_see(page_of, attributes):
    page = page_of(f"<likewise-similar {attributes}></likewise-similar><p>after</p>")

    # A service that is away is asked twice more.
    expect(page.locator("likewise-similar")).to_be_hidden(timeout=15_000)
    assert page.evaluate("() => document.querySelector('likewise-similar').shadowRoot.childElementCount") == 0


def test_axe_finds_no_serious_fault(page_of):
    page = page_of('<likewise-similar product="M-1000"></likewise-similar>')
    expect(page.locator("likewise-similar").get_by_role("link").first).to_be_visible()

    found = Axe().run(page).response["violations"]

    assert [fault["help"] for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_the_example_shop_uses_it(visit):
    page = visit.page
    page.goto(f"{visit.service}/example?id=M-1000")

    expect(page.get_by_role("heading", level=1)).to_contain_text("no. 1000")
    widget = page.locator("likewise-similar")
    expect(widget.get_by_role("link")).to_have_count(6)
    widget.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/example\?id=M-"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chair")


def test_the_services_address_may_be_relative_and_without_its_last_slash(browser, shop, make_encoder):
    with serving(shop, make_encoder(), prefix="/likewise") as address:
        page = browser.new_page()
        page.set_default_timeout(30_000)
        page.goto(f"{address}/example?id=M-1000")
        widget = page.locator("likewise-similar")
        expect(widget.get_by_role("link").first).to_be_visible()
        for src in ("/likewise", address, "/likewise/"):
            page.evaluate(
                """src => {
                  const widget = document.createElement("likewise-similar");
                  Object.entries({ src, product: "M-1000", k: "2" }).forEach((each) => widget.setAttribute(...each));
                  document.querySelector("likewise-similar").replaceWith(widget);
                }""",
                src,
            )
            expect(widget.get_by_role("link")).to_have_count(2)
            expect(widget.get_by_role("link").first).to_have_attribute("href", re.compile(rf"^{address}/\?id=M-"))
        page.close()


def test_it_recovers_when_the_service_does_and_draws_what_has_no_picture(page_of, shared):
    page = page_of("<p>nothing yet</p>")
    page.route("**/v1/schema", lambda route: route.fulfill(status=500), times=1)
    page.route("**/v1/images/**", lambda route: route.fulfill(status=404))
    widget = page.locator("likewise-similar")
    page.evaluate(
        """() => {
          const widget = document.createElement("likewise-similar");
          widget.setAttribute("product", "M-1000");
          document.querySelector("main").append(widget);
        }"""
    )
    expect(widget).to_be_hidden()
    expect(widget).to_have_class("away")

    page.evaluate("() => document.querySelector('main').append(document.querySelector('likewise-similar'))")

    expect(widget.get_by_role("link")).to_have_count(6)
    shape = widget.locator(".tile > .icon path").first
    expect(shape).to_be_visible()
    assert shape.evaluate("path => path.getBBox().width") > 10
