"""Everything on the screen is in the address."""

import re

from playwright.sync_api import expect

SCREEN = "/?id=M-1000&where=in_stock%3Dtrue&like=M-1007&dislike=M-1004&diversity=0.3&probe=all"


def test_a_reload_shows_the_same_screen(visit, cards):
    page = visit.open(SCREEN)
    before = cards(page)

    visit.open(SCREEN)

    assert cards(page) == before
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chair")
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Liked: "))).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Disliked: "))).to_have_count(1)
    expect(page.get_by_role("slider", name="From alike to varied")).to_have_value("0.3")
    expect(page.get_by_label("Where to look")).to_have_value("all")


def test_a_card_is_a_link_to_its_own_question_which_keeps_the_filters(visit):
    page = visit.open(SCREEN)
    link = page.locator("likewise-card").first.get_by_role("link")
    address = link.get_attribute("href")

    assert "where=in_stock%3Dtrue" in address
    assert "diversity=0.3" in address
    assert "like" not in address
    link.click()
    expect(page).to_have_url(visit.service + "/" + address)


def test_back_and_forward(visit, cards):
    page = visit.open()
    start = cards(page)
    page.locator("likewise-card").nth(1).get_by_role("link").click()
    page.wait_for_url("**/?id=*")
    expect(page.locator("likewise-strip")).to_be_visible()
    page.get_by_role("checkbox", name="Yes").check()
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()

    page.go_back()
    expect(page.locator("likewise-chips")).to_be_hidden()
    expect(page.get_by_role("checkbox", name="Yes")).not_to_be_checked()

    page.go_back()
    expect(page.locator("likewise-strip")).to_be_hidden()
    page.wait_for_function(
        "ids => [...document.querySelectorAll('likewise-card')].every((each, at) => each.hit.id === ids[at])", arg=start
    )

    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()


def test_back_comes_back_to_where_the_list_was(visit):
    page = visit.open("/?id=M-1000&probe=all")
    page.evaluate("scrollTo(0, 500)")
    page.wait_for_function("() => scrollY === 500")
    page.evaluate("document.querySelectorAll('likewise-card')[9].link.click()")
    page.wait_for_function("() => scrollY === 0")

    page.evaluate("scrollTo(0, 300)")
    page.wait_for_function("() => history.state?.scroll === 300")
    page.go_back()
    page.wait_for_function("() => scrollY === 500 && history.state.scroll === 500")

    page.go_forward()
    page.wait_for_function("() => scrollY === 300")
    page.reload()
    page.wait_for_function("() => scrollY === 300")


def test_a_dropped_picture_is_in_the_address_and_survives_a_reload(visit, shop, cards):
    page = visit.open("/?where=in_stock=true")
    visit.give(shop.picture("M-1001"))
    before = cards(page)
    page.wait_for_function("() => sessionStorage.getItem('likewise:pictures')")

    page.reload()

    expect(page.locator("likewise-card").first).to_contain_text("Sofa")
    assert cards(page) == before
    assert page.locator("likewise-strip img").first.evaluate("image => image.src").startswith("data:image/jpeg")
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()


def test_a_forgotten_picture_is_asked_for_again_and_the_rest_is_kept(visit, shop):
    page = visit.open(f"/?picture={'0' * 64}&where=in_stock=true&like=M-1007&diversity=0.2")

    expect(page.get_by_role("heading", name="Show the picture again")).to_be_visible()
    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose the picture").click()
    chooser.value.set_files(shop.picture("M-1001"))

    expect(page.locator("likewise-card").first).to_be_visible()
    for kept in ("where=in_stock%3Dtrue", "like=M-1007", "diversity=0.2"):
        expect(page).to_have_url(re.compile(kept))
    expect(page).not_to_have_url(re.compile("0" * 64))


def test_a_picture_that_this_tab_still_has_is_sent_again_without_a_word(visit, shop):
    page = visit.open()
    visit.give(shop.picture("M-1001"))
    gone = {"error": "The picture is not remembered; send it again.", "type": "PictureForgottenError"}
    page.route("**/v1/similar?*picture=*", lambda route: route.fulfill(status=404, json=gone))

    with page.expect_request(lambda request: request.method == "POST" and "in_stock" in request.url):
        page.get_by_role("checkbox", name="Yes").check()

    expect(page.get_by_role("button", name="Remove In stock: yes")).to_be_visible()
    expect(page.locator("likewise-card").first).to_contain_text("Sofa")
    expect(page.locator("likewise-status")).to_be_hidden()


def test_the_page_works_below_a_prefix(browser, shop, make_encoder, visiting, cards):
    from page_service import serving

    with serving(shop, make_encoder(), prefix="/shop/likewise") as address, visiting(base=address) as visit:
        page = visit.open("/?id=M-1000")
        page.locator("likewise-card").first.get_by_role("link").click()
        expect(page).to_have_url(re.compile(r"/shop/likewise/\?id=M-"))
        expect(page.locator("likewise-card img").first).to_be_visible()
        assert page.locator("likewise-card img").first.evaluate("image => image.complete && image.naturalWidth > 0")


def test_a_part_belongs_to_the_forgotten_picture_also_when_it_is_given_again(visit, shop):
    page = visit.open(f"/?picture={'0' * 64}&rectangle=0.2,0.2,0.5,0.5")
    expect(page.get_by_role("heading", name="Show the picture again")).to_be_visible()

    with page.expect_request(lambda asked: asked.method == "POST" and "rectangle=0.2%2C0.2" in asked.url):
        visit.give(shop.picture("M-1001"))

    expect(page).to_have_url(re.compile("rectangle=0.2,0.2,0.5,0.5"))


def test_further_pages_of_a_forgotten_picture_are_further_pages(visit, shop):
    page = visit.open("/?probe=all")
    gone = {"error": "The picture is not remembered; send it again.", "type": "PictureForgottenError"}
    page.route("**/v1/similar?*picture=*", lambda route: route.fulfill(status=404, json=gone))

    with page.expect_request(lambda asked: asked.method == "POST" and "offset=24" in asked.url):
        visit.give(shop.picture("M-1001"))
        page.mouse.wheel(0, 20_000)

    page.wait_for_function("() => document.querySelectorAll('likewise-card').length >= 48")
