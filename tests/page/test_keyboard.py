"""All of it without a mouse, and on a small screen with a finger."""

import re

from playwright.sync_api import expect


def focused(page):
    return page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )


def test_slash_goes_to_the_field_and_enter_asks(visit):
    page = visit.open()

    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Product id")).to_be_focused()
    page.keyboard.type("M-1004")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Lamp")


def test_slash_is_a_letter_in_a_field(visit):
    page = visit.open()
    field = page.get_by_role("textbox", name="Product id")
    field.focus()
    page.keyboard.type("A/1")
    expect(field).to_have_value("A/1")


def test_arrows_go_from_card_to_card_and_enter_follows(visit, cards):
    page = visit.open()
    links = page.locator("likewise-card").get_by_role("link")
    links.nth(0).focus()
    columns = page.evaluate(
        "() => getComputedStyle(document.querySelector('.cards')).gridTemplateColumns.split(' ').length"
    )

    page.keyboard.press("ArrowRight")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1 + columns)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(links.nth(0)).to_be_focused()

    product = cards(page)[0]
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"id={product}"))


def test_l_and_d_like_and_dislike_and_the_focus_stays_in_the_grid(visit, cards):
    page = visit.open("/?id=M-1000")
    page.locator("likewise-card").get_by_role("link").nth(2).focus()
    liked = cards(page)[2]

    page.keyboard.press("l")
    expect(page).to_have_url(re.compile(f"like={liked}"))
    page.wait_for_function(
        "id => ![...document.querySelectorAll('likewise-card')].some(({ hit }) => hit.id === id)", arg=liked
    )
    page.wait_for_function("() => document.activeElement.closest('likewise-card')")

    page.keyboard.press("d")
    expect(page).to_have_url(re.compile("dislike="))


def test_everything_is_reached_with_the_tabulator(visit):
    page = visit.open("/?id=M-1000&where=in_stock=true")
    expect(page.get_by_role("checkbox", name="Yes")).to_be_checked()
    reached = []
    page.evaluate("() => document.body.focus()")
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(focused(page))

    for name in (
        "Skip to the products",
        "Drop or choose a picture",
        "Product id",
        "Brand",
        "Price, from",
        "More",
        "Picture asked with. Enter marks a part of it to search with.",
        "From alike to varied",
        "Remove In stock: yes",
    ):
        assert any(name in each for each in reached), (name, reached)
    assert any(each.startswith("More like this: ") for each in reached)


def test_like_and_dislike_are_seen_where_the_focus_is(visit):
    page = visit.open()
    button = page.locator("likewise-card").first.get_by_role("button", name="More like this")
    expect(button).to_have_css("opacity", "0")

    page.locator("likewise-card").first.get_by_role("link").focus()

    expect(button).to_have_css("opacity", "1")


def test_the_button_for_more_goes_on_with_the_first_new_card(visit):
    page = visit.open("/?id=M-1000&probe=all")
    page.evaluate("() => document.querySelector('.more-row button').focus({ preventScroll: true })")
    with page.expect_response("**offset=24**"):
        page.keyboard.press("Enter")

    page.wait_for_function("() => document.querySelectorAll('likewise-card').length >= 48")
    expect(page.locator("likewise-card").nth(24).get_by_role("link")).to_be_focused()


def test_how_many_there_are_is_told_to_those_who_do_not_see_it(visit):
    page = visit.open("/?id=M-1000")
    expect(page.locator("#live")).to_have_text("24 products shown")
    expect(page.locator("#live")).to_have_attribute("role", "status")
    for role in ("banner", "main", "complementary", "navigation"):
        expect(page.get_by_role(role).first).to_be_visible()


def test_the_focus_is_neither_stolen_nor_lost(visit):
    page = visit.open("/?id=M-1000&like=M-1007&like=M-1004")
    field = page.get_by_role("textbox", name="Product id")
    held = []
    page.route("**/v1/recommend", lambda route: held.append(route), times=1)
    page.locator("likewise-card").get_by_role("link").nth(2).focus()
    page.keyboard.press("l")
    expect(page.locator("likewise-grid")).to_have_attribute("aria-busy", "true")
    field.focus()
    held[0].continue_()
    expect(page.locator("likewise-card").first).to_be_visible()
    expect(field).to_be_focused()

    thumbs = page.get_by_role("button", name=re.compile("^Liked: "))
    thumbs.first.focus()
    page.keyboard.press("Enter")
    expect(thumbs).to_have_count(2)
    expect(thumbs.first).to_be_focused()

    visit.open("/?id=M-1000&where=category=Lamp&where=price=..100")
    page.get_by_role("button", name=re.compile("^Without Price")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("likewise-card")).to_have_count(10)
    expect(page.get_by_role("main")).to_be_focused()


def test_a_word_that_filters_keeps_the_focus(visit, shop):
    page = visit.open()
    visit.give(shop.picture("M-1001"))
    word = page.get_by_role("button", name=re.compile(r"^Sofa \d+ %"))
    word.focus()

    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Remove Category: Sofa")).to_be_visible()
    expect(word).to_be_focused()
