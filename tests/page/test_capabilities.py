"""The page offers what the service can."""

import json

from playwright.sync_api import expect


def able_to(page, **capabilities):
    """The service's own schema, with other capabilities."""

    def answer(route):
        found = route.fetch()
        schema = found.json()
        schema["capabilities"].update(capabilities)
        route.fulfill(response=found, body=json.dumps(schema))

    page.route("**/v1/schema", answer)


def test_pictures_are_not_asked_for_where_nobody_can_look_at_them(visit):
    able_to(visit.page, pictures=False)
    page = visit.open()

    expect(page.get_by_role("button", name="Drop or choose a picture")).to_be_hidden()
    expect(page.get_by_role("textbox", name="Product id")).to_be_visible()


def test_products_without_pictures_have_a_shape_instead(visit):
    able_to(visit.page, images=False)
    page = visit.open("/?id=M-1000")

    expect(page.locator("likewise-card .tile > .icon").first).to_be_visible()
    assert [each for each in visit.asked("/v1/images/") if "size=320" in each] == []


def test_knobs_that_mean_nothing_here_are_not_shown(visit):
    able_to(visit.page, prior=None, threshold=None)
    page = visit.open("/?id=M-1000")
    page.get_by_text("More", exact=True).click()

    expect(page.get_by_label("Where to look")).to_be_visible()
    expect(page.get_by_label("Same kind")).to_have_count(0)
    expect(page.get_by_label("How alike at least").locator("option", has_text="Surely")).to_have_count(0)


def test_where_nobody_looks_at_pictures_the_page_invites_nobody_to_show_one(visit, shop, drop):
    able_to(visit.page, pictures=False)
    page = visit.open()
    expect(page.get_by_role("heading", name="Choose a product, see what looks like it")).to_be_visible()
    expect(page.get_by_text("Drop one anywhere")).to_be_hidden()
    drop(page, b"picture", event="dragenter")
    expect(page.get_by_text("Drop the picture anywhere")).to_be_hidden()
    drop(page, shop.picture().read_bytes())
    expect(page.get_by_role("heading", name="Pictures cannot be asked with here")).to_be_visible()
    assert visit.asked("/v1/similar") == []

    visit.open("/?id=M-1000")
    expect(page.locator("likewise-strip likewise-region")).to_have_attribute("inert", "")
    expect(page.get_by_text("Draw over a part")).to_be_hidden()


def test_without_pictures_of_products_there_is_nothing_to_draw_on(visit):
    able_to(visit.page, images=False)
    page = visit.open("/?id=M-1000")

    expect(page.locator("likewise-strip likewise-region")).to_have_attribute("inert", "")
    expect(page.get_by_text("Draw over a part")).to_be_hidden()
    expect(page.get_by_role("button", name="Enlarge the picture")).to_be_hidden()
