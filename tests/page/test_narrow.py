"""At 360 pixels, with a finger."""

import re

import pytest
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 780, "has_touch": True, "is_mobile": True}


@pytest.fixture
def phone(visiting):
    with visiting(**PHONE) as visit:
        yield visit


def test_cards_stand_in_two_columns_and_nothing_is_wider_than_the_screen(phone):
    for address in ("/", "/?id=M-1000&where=in_stock=true&like=M-1007", "/?id=M-1000&view=map", "/?id=nonsense"):
        page = phone.open(address)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, address
    page = phone.open("/")
    boxes = [page.locator("likewise-card").nth(at).bounding_box() for at in range(3)]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]
    assert boxes[0]["x"] == boxes[2]["x"]


def test_filters_come_from_below_and_escape_closes_them(phone):
    page = phone.open("/?id=M-1000")
    expect(page.locator("likewise-filters")).to_be_hidden()

    page.get_by_role("button", name="Filters").tap()
    sheet = page.get_by_role("dialog", name="Filters")
    sheet.get_by_role("checkbox", name="Yes").tap()
    sheet.get_by_role("button", name="Show products").tap()

    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Filters 1")).to_be_visible()
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()

    page.get_by_role("button", name="Filters").tap()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_filters_stand_at_the_side_again_when_the_window_is_wide(phone):
    page = phone.open("/?id=M-1000")
    page.get_by_role("button", name="Filters").tap()
    page.set_viewport_size({"width": 1200, "height": 780})

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("complementary").locator("likewise-filters")).to_be_visible()


def test_a_camera_is_offered_beside_the_album(phone):
    page = phone.open()

    expect(page.get_by_role("button", name="Choose a picture")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Photograph").tap()
    assert chooser.value.element.get_attribute("capture") == "environment"


def test_like_and_dislike_are_always_there_and_large_enough(phone):
    page = phone.open("/?id=M-1000")
    button = page.locator("likewise-card").first.get_by_role("button", name="More like this")

    expect(button).to_have_css("opacity", "1")
    assert button.bounding_box()["width"] >= 36
    button.tap()
    expect(page).to_have_url(re.compile("like="))


def test_without_motion_for_those_who_ask_for_none(visiting):
    with visiting(reduced_motion="reduce") as visit:
        page = visit.open()
        assert page.evaluate(
            "() => getComputedStyle(document.documentElement).getPropertyValue('--lw-motion').trim()"
        ) in ("0ms", "0s")


def test_the_theme_is_the_systems_until_somebody_chooses(visiting):
    with visiting(color_scheme="dark") as visit:
        page = visit.open()
        dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Theme: as the system").click()

        light = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert light != dark
        page.reload()
        expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == light


def test_long_words_break(phone):
    word = "W" * 90
    for address in (f"/?id={word}", f"/?where=brand={word}", f"/?id=M-1000&where=brand={word}&where=maker={word}"):
        page = phone.open(address)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, address
        for part in ("likewise-status", "likewise-chips .chip"):
            for at in range(page.locator(part).count()):
                box = page.locator(part).nth(at).bounding_box()
                assert box is None or box["x"] + box["width"] <= 360, (address, part)
