"""axe-core finds no serious fault in any state, light and dark, wide and narrow."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

AXE = Axe()

REFUSED = {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}


def start(visit, shop):
    visit.open()


def results(visit, shop):
    visit.open("/?id=M-1000&where=in_stock=true&where=price=50..900&like=M-1007&dislike=M-1004")


def picture(visit, shop):
    visit.open()
    visit.give(shop.picture("M-1001"))
    expect(visit.page.get_by_role("button", name=re.compile(r"^Sofa \d+ %"))).to_be_visible()


def loading(visit, shop):
    visit.page.route("**/v1/similar/**", lambda route: None)
    visit.open("/?id=M-1000", settled=False)
    expect(visit.page.locator("likewise-grid")).to_have_attribute("aria-busy", "true")


def filters_and_knobs(visit, shop):
    page = visit.open("/?id=M-1000")
    if page.get_by_role("button", name="Filters").is_visible():
        page.get_by_role("button", name="Filters").click()
    page.evaluate("() => document.querySelectorAll('details').forEach((group) => (group.open = true))")
    expect(page.get_by_label("Where to look")).to_be_visible()


def short(visit, shop):
    visit.open("/?id=M-1000&where=category=Lamp&where=price=..70")


def nothing(visit, shop):
    visit.open("/?id=M-1000&where=category=Lamp&where=price=5000..6000")


def refused(visit, shop):
    visit.open()
    visit.give(REFUSED, settled=False)
    expect(visit.page.get_by_role("heading", name="This picture cannot be read")).to_be_visible()


def too_large(visit, shop):
    visit.open()
    visit.give({**REFUSED, "buffer": bytes(17 * 2**20)}, settled=False)
    expect(visit.page.get_by_role("button", name="Use a smaller copy")).to_be_visible()


def forgotten(visit, shop):
    visit.open(f"/?picture={'0' * 64}")


def unknown(visit, shop):
    visit.open("/?id=nonsense")


def busy(visit, shop):
    busy = {"status": 503, "headers": {"Retry-After": "30"}, "json": {"error": "busy", "type": "HTTPException"}}
    visit.page.route("**/v1/similar/**", lambda route: route.fulfill(**busy))
    visit.open("/?id=M-1000", settled=False)
    expect(visit.page.get_by_text("The service is busy.")).to_be_visible()


def offline(visit, shop):
    visit.open()
    visit.page.context.set_offline(True)
    expect(visit.page.get_by_text("You are offline.")).to_be_visible()


def renewed(visit, shop):
    page = visit.open()
    page.route("**/v1/products?*where*", lambda route: route.fulfill(
        headers={"X-Likewise-Version": "v000009"}, json={"version": "v000009", "products": [], "next": None, "total": 0}
    ))  # fmt: skip
    expect(page.locator("likewise-list [type=checkbox]").first).to_be_attached()
    page.evaluate("() => document.querySelector('likewise-list [type=checkbox]').click()")
    expect(page.get_by_text("The catalog has been renewed.")).to_be_visible()


def part_of_a_picture(visit, shop):
    page = visit.open("/?id=M-1000&rectangle=0.2,0.2,0.5,0.5")
    page.get_by_role("button", name="Enlarge the picture").click()


def on_the_map(visit, shop):
    page = visit.open("/?id=M-1000&view=map")
    expect(page.locator(".legend li").first).to_be_visible()


STATES = (
    *(start, results, picture, loading, filters_and_knobs, short, nothing, refused, too_large, forgotten),
    *(unknown, busy, offline, renewed, part_of_a_picture, on_the_map),
)


@pytest.mark.parametrize(
    "look", [("light", 1200), ("dark", 1200), ("light", 360)], ids=lambda look: f"{look[0]}-{look[1]}"
)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_serious_fault(visiting, shop, state, look):
    scheme, width = look
    with visiting(color_scheme=scheme, width=width, reduced_motion="reduce") as visit:
        state(visit, shop)

        found = AXE.run(visit.page).response["violations"]

    said = [
        f"{fault['impact']} {fault['id']}: {fault['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for fault in found
        for node in fault["nodes"]
        if fault["impact"] in ("serious", "critical", "moderate")
    ]
    assert said == []
