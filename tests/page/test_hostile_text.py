"""Text from the catalog is text, wherever it stands; ids are whatever a shop calls its products."""

from urllib.parse import quote

from page_shop import MARKUP, ODD_ID, TRAP
from playwright.sync_api import expect


def test_markup_in_titles_and_values_is_shown_as_it_is_written(visit):
    page = visit.open(f"/?id={TRAP}")

    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    page.get_by_role("checkbox", name=MARKUP).check()
    expect(page.get_by_role("button", name=f"Remove Brand: {MARKUP}")).to_be_visible()
    page.get_by_role("link", name="Map").click()
    expect(page.locator(".legend li").first).to_be_visible()

    assert page.locator("b", has_text="Bold").count() == 0
    assert page.locator("img[onerror]").count() == 0
    assert page.title() == f"{TRAP} · Likewise · Corner Shop"


def test_markup_in_an_address_is_text_too(visit):
    page = visit.open(f"/?id={quote(MARKUP)}&where={quote(f'brand={MARKUP}')}")

    expect(page.get_by_role("heading", name=f"No product {MARKUP}")).to_be_visible()
    assert page.locator("img[onerror]").count() == 0


def test_a_product_with_an_odd_id_is_asked_for_liked_and_shown(visit):
    page = visit.open("/?id=M-1000&probe=all&where=price=..5000")
    page.get_by_role("textbox", name="Product id").fill(ODD_ID)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("no. 1012")
    page.wait_for_function("() => document.querySelector('likewise-strip img').naturalWidth > 0")
    visit.open(f"/?id=M-1000&like={quote(ODD_ID, safe='')}")
    expect(page.get_by_role("button", name=f"Liked: {ODD_ID}. Take it back")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.thumb img').naturalWidth > 0")
