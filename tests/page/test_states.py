"""Every state that the page can be in says what it is, and what works."""

import json
import re

import pytest
from page_service import serving, wait_for_version
from page_shop import make_shop
from playwright.sync_api import expect


def test_while_hits_are_on_their_way_their_shapes_stand_there(visit):
    page = visit.page
    held = []
    page.route("**/v1/similar/**", lambda route: held.append(route))
    visit.open("/?id=M-1000", settled=False)

    expect(page.locator("likewise-grid")).to_have_attribute("aria-busy", "true")
    shapes = page.locator("likewise-grid .skeleton")
    expect(shapes).to_have_count(12)
    shape, top = shapes.first.bounding_box(), shapes.first.locator("i").bounding_box()
    page.wait_for_function("() => true")
    held[0].continue_()

    card = page.locator("likewise-card").first
    expect(card).to_be_visible()
    assert card.bounding_box()["y"] == shape["y"]
    assert card.bounding_box()["height"] == shape["height"]
    assert card.locator(".tile").bounding_box() == top


def test_a_file_that_is_no_picture_is_refused_with_what_would_work(visit):
    visit.open()
    visit.give({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}, settled=False)

    said = visit.page.locator("likewise-status")
    expect(said.get_by_role("heading", name="This picture cannot be read")).to_be_visible()
    expect(said).to_contain_text(re.compile(r"What works: a JPEG, PNG, WebP.* of up to 16 MB\."))
    with visit.page.expect_file_chooser():
        said.get_by_role("button", name="Choose another picture").click()


def test_after_a_refusal_another_picture_is_answered(visit, shop):
    page = visit.open()
    visit.give({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}, settled=False)
    expect(page.get_by_role("heading", name="This picture cannot be read")).to_be_visible()

    visit.give(shop.picture("M-1001"))

    expect(page.locator("likewise-status")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture")
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")


def test_a_picture_that_is_too_large_is_not_sent_but_a_smaller_copy_is(visit, shop):
    page = visit.open()
    # A JPEG may be followed by anything.
    large = shop.picture("M-1001").read_bytes().ljust(17 * 2**20, b"\0")
    visit.give({"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large}, settled=False)

    expect(page.get_by_role("heading", name="This picture is too large")).to_be_visible()
    expect(page.locator("likewise-status")).to_contain_text("It has 17 MB")
    page.get_by_role("button", name="Use a smaller copy").click()

    expect(page).to_have_url(re.compile("picture="))
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")


def test_a_picture_that_the_service_finds_too_large_has_the_same_way_out(visit, shop):
    page = visit.open()
    page.route(
        "**/v1/similar?*",
        lambda route: route.fulfill(
            status=413, json={"error": "too-large: it has 9 billion pixels", "type": "ImageError"}
        ),
        times=1,
    )
    visit.give(shop.picture("M-1001"), settled=False)

    expect(page.locator("likewise-status")).to_contain_text("It has 9 billion pixels.")
    page.get_by_role("button", name="Use a smaller copy").click()
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_and_the_page_says_so(visit, status):
    page = visit.page
    page.route(
        "**/v1/similar/**",
        lambda route: route.fulfill(
            status=status, headers={"Retry-After": "1"}, json={"error": "busy", "type": "Busy"}
        ),
        times=1,
    )
    visit.open("/?id=M-1000", settled=False)

    expect(page.get_by_text("The service is busy. Trying again in 1 s.")).to_be_visible()
    expect(page.locator("likewise-card").first).to_be_visible()
    expect(page.get_by_text("The service is busy.")).to_be_hidden()


def test_without_a_network_the_page_waits_and_goes_on_by_itself(visit):
    page = visit.open()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()

    page.get_by_role("textbox", name="Product id").fill("M-1000")
    page.keyboard.press("Enter")
    expect(page.locator("likewise-grid")).to_have_attribute("aria-busy", "true")
    # Another question takes the place of the one that waits.
    page.get_by_role("textbox", name="Product id").fill("M-1004")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Product id").fill("M-1000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("You are offline.")).to_be_hidden()
    expect(page.locator("likewise-card").first).to_contain_text("Chair")


def test_a_service_that_does_not_answer_is_asked_again(visit):
    page = visit.page
    page.route("**/v1/similar/**", lambda route: route.abort(), times=1)
    visit.open("/?id=M-1000", settled=False)

    expect(page.get_by_text("The service does not answer. Trying again in 2 s.")).to_be_visible()
    expect(page.locator("likewise-card").first).to_be_visible()


def test_another_version_of_the_catalog_is_told_of_and_shown_at_a_press(tmp_path, make_encoder, visiting):
    encoder = make_encoder()
    shop = make_shop(tmp_path, encoder, products=30)
    with serving(shop, encoder, refresh=0.2) as address, visiting(base=address) as visit:
        page = visit.open("/?id=M-1006")
        expect(page.get_by_text("The catalog has been renewed.")).to_be_hidden()

        shop.renew(encoder)
        checkbox = page.get_by_role("checkbox", name="Yes")
        wait_for_version(address, "v000002")
        checkbox.check()
        expect(page.get_by_text("The catalog has been renewed.")).to_be_visible()
        checkbox.uncheck()
        page.locator("summary", has_text="Maker").click()
        page.get_by_role("button", name="Show it").click()

        expect(page.get_by_text(", renewed").first).to_be_attached()
        expect(page.get_by_role("checkbox", name=re.compile(r"^Maker 1 \d+$"))).to_be_visible()
        expect(page.get_by_text("The catalog has been renewed.")).to_be_hidden()


def test_a_product_that_there_is_not_is_said(visit):
    page = visit.open("/?id=nonsense")

    expect(page.get_by_role("heading", name="No product nonsense")).to_be_visible()
    page.get_by_role("link", name="New search").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Show a picture")


def test_a_fault_of_the_service_can_be_tried_again(visit):
    page = visit.page
    fault = {"error": "A bug in Likewise; see the service's log.", "type": "InternalError"}
    page.route("**/v1/similar/**", lambda route: route.fulfill(status=500, body=json.dumps(fault)), times=1)
    visit.open("/?id=M-1000")

    expect(page.get_by_text("A bug in Likewise")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("likewise-card").first).to_contain_text("Chair")


def test_an_outdated_question_is_not_answered_over_a_newer_one(visit):
    page = visit.open()
    held = []
    page.route("**/v1/similar/M-1001?*", lambda route: held.append(route))
    field = page.get_by_role("textbox", name="Product id")
    for product in ("M-1001", "M-1004"):
        field.fill(product)
        page.keyboard.press("Enter")
    expect(page.locator("likewise-card").first).to_contain_text("Lamp")

    held[0].continue_()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Lamp")
    expect(page.locator("likewise-card").first).to_contain_text("Lamp")


def test_hits_that_cannot_be_shown_have_a_shape_instead(visit):
    page = visit.page
    page.route("**/v1/images/**", lambda route: route.fulfill(status=404))
    visit.open("/?id=M-1000")

    expect(page.locator("likewise-card .tile > .icon").first).to_be_visible()


FAULT = {"error": "A bug in Likewise; see the service's log.", "type": "InternalError"}

BAD = {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}


def test_after_a_refused_picture_the_page_comes_back(visit):
    page = visit.open()
    refused = page.get_by_role("heading", name="This picture cannot be read")
    visit.give(BAD, settled=False)
    expect(refused).to_be_visible()
    page.get_by_role("link", name="Corner Shop").click()
    expect(refused).to_be_hidden()
    expect(page.locator("likewise-card").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Show a picture")

    visit.open("/?id=M-1000")
    field = page.get_by_role("textbox", name="Product id")
    ways = (lambda: (field.fill("M-1000"), page.keyboard.press("Enter")), page.get_by_role("link", name="Map").click)
    for way in ways:
        visit.give(BAD, settled=False)
        expect(refused).to_be_visible()
        expect(page.locator("likewise-strip")).to_be_hidden()
        way()
        expect(refused).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Chair")
        expect(page.locator("likewise-strip img")).to_have_attribute("src", re.compile("images/M-1000"))
        expect(page.locator("likewise-card").first).to_be_visible()


def test_what_failed_is_what_is_tried_again(visit, shop):
    page = visit.open("/?id=M-1004")
    page.route("**/v1/similar?*", lambda route: route.fulfill(status=500, json=FAULT), times=1)
    visit.give(shop.picture("M-1001"), settled=False)

    page.get_by_role("button", name="Try again").click()

    expect(page).to_have_url(re.compile("picture="))
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")
    # The same one once more is no other screen, and yet an answer.
    visit.give(shop.picture("M-1001"), settled=False)
    expect(page.locator("likewise-strip likewise-region")).not_to_have_attribute("inert", "")
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")


def test_a_schema_that_fails_is_said_and_read_again(visit):
    page = visit.page
    page.route("**/v1/schema", lambda route: route.fulfill(status=500, json=FAULT), times=1)
    visit.open("/?id=M-1000")

    page.get_by_role("button", name="Try again").click()

    expect(page.locator("likewise-card").first).to_contain_text("Chair")
    expect(page.locator("likewise-filters summary").first).to_be_visible()
    expect(page.get_by_role("link", name="Corner Shop")).to_be_visible()


def test_a_picture_on_its_way_outlives_filters_and_not_a_refusal(visit, shop):
    page = visit.open()
    held = []
    page.route("**/v1/similar?*", lambda route: held.append(route), times=1)
    visit.give(shop.picture("M-1001"), settled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture")
    page.get_by_role("checkbox", name="Yes").check()
    expect(page).to_have_url(re.compile(r"\?picture=.*&where=in_stock"))
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")

    page.route("**/v1/similar?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/v1/similar?*"):
        visit.give(shop.picture("M-1002"), settled=False)
    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": bytes(17 * 2**20)}
    with page.expect_event("requestfailed"):
        visit.give(large, settled=False)
    expect(page.get_by_role("heading", name="This picture is too large")).to_be_visible()


def test_a_product_that_is_gone_is_named_and_can_be_taken_back(visit):
    page = visit.open("/?id=M-1000&like=GONE")
    expect(page.get_by_role("heading", name="No product GONE")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Liked: GONE")).click()

    expect(page.locator("likewise-card").first).to_contain_text("Chair")
    missing = {"error": "The picture of this product cannot be had here.", "type": "NotFoundError"}
    page.route("**/v1/similar/M-1004?*", lambda route: route.fulfill(status=404, json=missing))
    visit.open("/?id=M-1004&rectangle=0.2,0.2,0.5,0.5")
    expect(page.get_by_role("heading", name="No picture to ask with")).to_be_visible()
