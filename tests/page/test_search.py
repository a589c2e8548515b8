"""A picture or a product is asked with, and the hits are refined."""

import re

import pytest
from playwright.sync_api import expect


def test_the_start_shows_varied_products_and_asks_for_a_picture(visit, cards):
    page = visit.open()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Show a picture")
    expect(page.get_by_role("button", name="Drop or choose a picture")).to_be_visible()
    assert len(set(cards(page))) == 24
    expect(page.get_by_text("60 products", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Corner Shop")).to_be_visible()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_that_is_dropped_or_pasted_anywhere_is_answered(visit, shop, cards, drop, event):
    page = visit.open()

    drop(page, shop.picture("M-1000").read_bytes(), event=event)

    expect(page).to_have_url(re.compile(r"\?picture=[0-9a-f]{64}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture")
    expect(page.locator("likewise-card").first).to_contain_text("Chair")
    assert "M-1000" in cards(page)
    assert page.locator("likewise-strip img").first.evaluate("image => image.src").startswith("blob:")


def test_the_window_says_that_it_takes_what_is_dragged_over_it(visit, shop, drop):
    page = visit.open()
    veil = page.get_by_text("Drop the picture anywhere")
    expect(veil).to_be_hidden()

    drop(page, b"picture", event="dragenter")
    expect(veil).to_be_visible()

    drop(page, b"picture", event="dragleave")
    expect(veil).to_be_hidden()


def test_a_card_that_is_dropped_becomes_the_query(visit, drop):
    page = visit.open()

    drop(page, texts={"text/uri-list": f"{visit.service}/v1/images/M-1003?size=320"})

    expect(page.get_by_role("heading", level=1)).to_contain_text("no. 1003")


def test_the_address_of_a_picture_elsewhere_is_answered_with_what_works_instead(visit, drop):
    page = visit.open()

    drop(page, texts={"text/uri-list": "https://elsewhere.example/picture.jpg"})

    expect(page.get_by_role("heading", name="The picture at that address cannot be fetched")).to_be_visible()
    expect(page.locator("likewise-status")).to_contain_text("copy the picture itself and paste it")


def test_a_picture_within_an_address_needs_no_network(visit, drop, shop):
    page = visit.open()
    data = page.evaluate(
        """async (address) => {
          const blob = await (await fetch(address)).blob();
          return new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result);
            reader.readAsDataURL(blob);
          });
        }""",
        f"{visit.service}/v1/images/M-1002?size=320",
    )

    drop(page, texts={"text/html": f'<a href="https://elsewhere.example"><img src="{data}"></a>'})

    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture")
    expect(page.locator("likewise-card").first).to_contain_text("Table")


def test_what_the_picture_shows_is_said_in_words_which_filter(visit, shop):
    page = visit.open()
    visit.give(shop.picture("M-1001"))

    word = page.get_by_role("button", name=re.compile(r"^Sofa \d+ %"))
    word.click()

    expect(word).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Remove Category: Sofa")).to_be_visible()
    assert "where=category%3DSofa" in page.url


def test_a_product_is_asked_for_by_its_id(visit, cards):
    page = visit.open()
    page.get_by_role("textbox", name="Product id").fill("M-1004")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Lamp")
    expect(page.locator("likewise-card").first).to_contain_text("Lamp")
    assert "M-1004" not in cards(page)


def test_a_card_says_what_a_product_is_and_costs_and_how_alike_it_is(visit):
    page = visit.open("/?id=M-1000")
    card = page.locator("likewise-card").first

    expect(card.get_by_role("link")).to_have_attribute("href", re.compile(r"^\?id=M-"))
    expect(card).to_contain_text(re.compile(r"€\d+\.\d\d"))
    expect(card).to_contain_text(re.compile(r"\d+ %"))
    box, tile = card.locator("img").bounding_box(), card.locator(".tile").bounding_box()
    assert tile["width"] == tile["height"] > box["width"]


def test_a_like_and_a_dislike_change_the_hits_and_can_be_taken_back(visit, cards):
    page = visit.open("/?id=M-1000")
    before = cards(page)
    lamp = page.locator("likewise-card").nth(5)
    name = lamp.get_by_role("link").inner_text()

    with page.expect_request("**/v1/recommend") as asked:
        lamp.hover()
        lamp.get_by_role("button", name="More like this").click()
    assert asked.value.post_data_json["liked"] == ["M-1000", before[5]]
    expect(page).to_have_url(re.compile(f"like={before[5]}"))

    with page.expect_request("**/v1/recommend") as asked:
        page.locator("likewise-card").nth(0).hover()
        page.locator("likewise-card").nth(0).get_by_role("button", name="Less like this").click()
    assert len(asked.value.post_data_json["disliked"]) == 1

    page.get_by_role("button", name=f"Liked: {name}. Take it back").click()
    page.get_by_role("button", name=re.compile("^Disliked: ")).click()
    expect(page.get_by_role("button", name=re.compile("Take it back"))).to_have_count(0)
    page.wait_for_function(
        "ids => [...document.querySelectorAll('likewise-card')].every((each, at) => each.hit.id === ids[at])",
        arg=before,
    )


def test_likes_alone_are_a_question_too(visit):
    page = visit.open()
    first = page.locator("likewise-card").first
    first.hover()
    first.get_by_role("button", name="More like this").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Like what you chose")


def test_more_hits_come_on_scrolling_and_by_the_button(visit, cards):
    page = visit.open("/?id=M-1000&probe=all")
    first = cards(page)

    page.mouse.wheel(0, 20_000)
    page.wait_for_function("() => document.querySelectorAll('likewise-card').length >= 48")

    assert len(set(cards(page))) == len(cards(page))
    assert cards(page)[: len(first)] == first


def test_a_part_of_the_picture_is_asked_with(visit, shop):
    page = visit.open()
    visit.give(shop.picture("M-1000"))
    picture = page.locator("likewise-strip likewise-region")
    box = picture.bounding_box()

    page.mouse.move(box["x"] + 40, box["y"] + 32)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 112)
    with page.expect_response(lambda answer: "rectangle=0.25%2C0.2%2C0.5%2C0.5" in answer.url and answer.ok):
        page.mouse.up()

    expect(page).to_have_url(re.compile("rectangle=0.25,0.2,0.5,0.5"))
    expect(page.get_by_text("Asked with the marked part")).to_be_visible()
    picture.click(position={"x": 4, "y": 4})
    expect(page).not_to_have_url(re.compile("rectangle"))


def test_a_part_is_marked_on_a_large_picture_with_the_keys(visit):
    page = visit.open("/?id=M-1001")
    page.get_by_role("button", name="Enlarge the picture").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("application")).to_be_focused()

    for key in ("Enter", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("rectangle=0.27,0.27,0.48,0.5"))

    dialog.get_by_role("button", name="Whole picture").click()
    expect(page).not_to_have_url(re.compile("rectangle"))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_hits_become_more_varied(visit):
    page = visit.open("/?id=M-1000")
    slider = page.get_by_role("slider", name="From alike to varied")

    with page.expect_request("**diversity=0.7**"):
        slider.fill("0.7")

    expect(page).to_have_url(re.compile("diversity=0.7"))


@pytest.mark.parametrize(
    ("label", "value", "address"),
    [
        ("Where to look", "all", "probe=all"),
        ("How alike at least", "0.5", "threshold=0.5"),
        ("One of each", "brand", "group_by=brand"),
        ("Near-duplicates", "0.95", "distinct=0.95"),
        ("First", "-price", "boost=-price"),
    ],
)
def test_each_knob_says_what_it_does_and_is_in_the_address(visit, label, value, address):
    page = visit.open("/?id=M-1000")
    page.get_by_text("More", exact=True).click()
    knob = page.get_by_label(label)

    with page.expect_response(lambda answer: f"{address}" in answer.url and answer.ok):
        knob.select_option(value)

    expect(page).to_have_url(re.compile(address))
    expect(knob).to_have_accessible_description(re.compile(r"^[A-Z].{30,}\.$"))


def test_a_dislike_alone_leaves_out_and_can_be_taken_back(visit, cards):
    page = visit.open()
    before = cards(page)
    card = page.locator("likewise-card").first
    card.hover()
    card.get_by_role("button", name="Less like this").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Without what you disliked")
    page.wait_for_function("id => document.querySelector('likewise-card')?.hit.id !== id", arg=before[0])
    assert cards(page) == before[1:]
    page.get_by_role("button", name=re.compile("^Disliked: ")).click()
    expect(page.locator("likewise-strip")).to_be_hidden()
    page.wait_for_function("id => document.querySelector('likewise-card')?.hit.id === id", arg=before[0])


def test_a_finger_that_scrolls_over_the_picture_keeps_the_marked_part(visit):
    page = visit.open("/?id=M-1000&rectangle=0.2,0.2,0.5,0.5")
    region = page.locator("likewise-strip likewise-region")
    expect(region).to_have_attribute("aria-label", re.compile("^Marked part: 50 % by 50 %"))

    region.evaluate(
        """region => {
          region.setPointerCapture = () => {};
          const { x, y } = region.getBoundingClientRect();
          for (const [type, down] of [["pointerdown", 150], ["pointermove", 100], ["pointercancel", 100]])
            region.dispatchEvent(new PointerEvent(type, { clientX: x + 80, clientY: y + down, bubbles: true }));
        }"""
    )

    expect(region).to_have_attribute("aria-label", re.compile("^Marked part: 50 % by 50 %"))
    expect(page.get_by_text("Asked with the marked part")).to_be_visible()
    expect(page).to_have_url(re.compile("rectangle=0.2,0.2,0.5,0.5"))


def test_on_a_very_wide_screen_pages_come_until_it_is_full(visiting):
    with visiting(width=2560, height=1440) as visit:
        page = visit.page
        # The button is near after each of them.
        visit.open("/?id=M-1000&probe=all")
        page.wait_for_function("() => document.querySelectorAll('likewise-card').length === 59")


def test_likes_take_all_of_a_product_and_the_strip_says_so(visit):
    page = visit.open("/?id=M-1000&rectangle=0.2,0.2,0.5,0.5")
    card = page.locator("likewise-card").first
    card.hover()
    card.get_by_role("button", name="More like this").click()

    expect(page).to_have_url(re.compile(r"\?id=M-1000&like="))
    expect(page.get_by_text("Beside likes and dislikes, all of the product counts.")).to_be_visible()
    expect(page.get_by_text("Asked with the marked part")).to_be_hidden()
    expect(page.get_by_role("button", name="Enlarge the picture")).to_be_hidden()


def test_whatever_is_dropped_has_an_answer(visit, drop):
    page = visit.open()
    nothing = page.get_by_role("heading", name="There is no picture in it")
    unreadable = page.get_by_role("heading", name="This picture cannot be read")
    unfollowed = page.get_by_role("heading", name="The picture at that address cannot be fetched")
    for texts, said in (
        ({"text/uri-list": "file:///home/me/sofa.jpg"}, nothing),
        ({"text/uri-list": "https://elsewhere.example/sofa.jpg"}, unfollowed),
        ({"text/html": "<p>no picture</p>"}, nothing),
        ({"text/html": '<img src="data:image/png;base64,%%%">'}, unreadable),
        ({"text/html": '<img src="pictures/sofa.jpg">'}, nothing),
        ({"text/html": '<img src="//elsewhere.example/sofa.jpg">'}, unfollowed),
    ):
        drop(page, texts=texts)
        expect(said).to_be_visible()
    page.evaluate("() => (Blob.prototype.arrayBuffer = () => Promise.reject(new TypeError('A folder.')))")
    drop(page, b"a folder")
    expect(page.get_by_text("It is a folder, is gone, or is damaged.")).to_be_visible()
    assert visit.asked("/v1/similar") == [f"{visit.service}/v1/similar?k=24"] * 2


def test_a_picture_that_lies_elsewhere_is_asked_with_but_not_shown(visit, shop, drop):
    page = visit.open(f"/?picture={'0' * 64}&like=M-1007")
    expect(page.get_by_role("heading", name="Show the picture again")).to_be_visible()
    picture = shop.picture("M-1001").read_bytes()
    page.route(
        "**/v1/similar?*",
        lambda route: route.continue_(
            headers={**route.request.headers, "content-type": "image/jpeg"}, post_data=picture
        ),
        times=1,
    )

    drop(page, texts={"text/uri-list": "https://elsewhere.example/sofa.jpg"})

    expect(page).to_have_url(re.compile(r"picture=(?!000)[0-9a-f]{64}&like=M-1007$"))
    expect(page.get_by_text("The picture itself is not here, only what it looks like.")).to_be_visible()
    expect(page.locator("likewise-strip likewise-region")).to_have_attribute("inert", "")


def test_only_the_last_few_pictures_stay_in_the_tab(visit, shop):
    page = visit.page
    page.add_init_script(
        """(() => {
          const { createObjectURL, revokeObjectURL } = URL;
          window.alive = new Set();
          URL.createObjectURL = (blob) => (alive.add(createObjectURL.call(URL, blob)), [...alive].at(-1));
          URL.revokeObjectURL = (url) => (alive.delete(url), revokeObjectURL.call(URL, url));
        })()"""
    )
    visit.open()
    for number in range(1000, 1007):
        visit.give(shop.picture(f"M-{number}"))

    assert page.evaluate("() => alive.size") <= 5
    assert page.locator("likewise-strip img").first.evaluate("image => image.naturalWidth") > 0
