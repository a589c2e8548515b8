"""Filters come from the schema; their counts follow each other, and what holds a list back is said."""

import re

from playwright.sync_api import expect


def group(page, name):
    return page.locator("details.group", has=page.locator("summary", has_text=re.compile(f"^{name}")))


def counts(page, name):
    rows = group(page, name).locator("li label")
    expect(rows.first).to_be_visible()
    return {row.locator(".name").inner_text(): int(row.locator(".number").inner_text()) for row in rows.all()}


def test_there_is_a_filter_for_every_column_that_can_be_filtered(visit):
    page = visit.open()

    expect(page.locator("likewise-filters summary")).to_have_text(
        ["Brand", "Price", "In stock", "Colour", "Category", "Width cm", "Added", "Maker"]
    )
    assert sum(counts(page, "In stock").values()) == 60


def test_counts_follow_the_other_filters_and_not_the_own_one(visit):
    page = visit.open()
    in_stock = counts(page, "In stock")["Yes"]
    brands = counts(page, "Brand")

    group(page, "In stock").get_by_role("checkbox", name="Yes").check()

    expect(page.get_by_text(f"{in_stock} of 60 products")).to_be_visible()
    page.wait_for_function(
        "total => [...document.querySelectorAll('likewise-filters details')][0].querySelectorAll('.number').length && "
        "[...[...document.querySelectorAll('likewise-filters details')][0].querySelectorAll('.number')]"
        ".reduce((sum, each) => sum + Number(each.textContent), 0) === total",
        arg=in_stock,
    )
    assert counts(page, "In stock") == {"Yes": in_stock, "No": 60 - in_stock}
    assert counts(page, "Brand") != brands


def test_values_of_one_column_are_alternatives(visit):
    page = visit.open("/?id=M-1000")
    group(page, "Category").locator("summary").click()
    found = counts(page, "Category")

    for name in ("Lamp", "Sofa"):
        group(page, "Category").get_by_role("checkbox", name=name).check()

    expect(page.get_by_text(f"{found['Lamp'] + found['Sofa']} of 60 products")).to_be_visible()
    expect(page.locator("likewise-card").first).to_contain_text(re.compile("Lamp|Sofa"))


def test_what_is_chosen_is_a_chip_that_can_be_taken_back(visit):
    page = visit.open("/?where=in_stock=true&where=price=100..500")

    expect(page.get_by_role("button", name="Remove Price: 100 to 500")).to_be_visible()
    page.get_by_role("button", name="Remove In stock: yes").click()
    expect(page).to_have_url(re.compile(r"\?where=price%3D100..500$"))
    expect(group(page, "In stock").get_by_role("checkbox", name="Yes")).not_to_be_checked()

    group(page, "In stock").get_by_role("checkbox", name="No").check()
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator("likewise-chips")).to_be_hidden()


def test_rare_values_are_searched_for(visit):
    page = visit.open()
    makers = group(page, "Maker")
    makers.locator("summary").click()
    expect(makers.get_by_text("4 more")).to_be_visible()
    expect(makers.locator("li")).to_have_count(10)

    makers.get_by_role("searchbox").fill("mAKER 13")

    expect(makers.locator("li")).to_have_count(1)
    makers.get_by_role("checkbox", name="Maker 13").check()
    expect(page.get_by_role("button", name="Remove Maker: Maker 13")).to_be_visible()

    makers.get_by_role("searchbox").fill("nobody")
    expect(makers.get_by_text("Nothing of that name")).to_be_visible()


def test_a_range_is_chosen_on_a_histogram_with_two_handles(visit):
    page = visit.open()
    price = group(page, "Price")
    expect(price.locator(".bars i").nth(5)).to_be_attached()
    low, high = price.get_by_role("slider").all()

    high.focus()
    page.keyboard.press("Home")
    expect(low).to_have_value(high.input_value())
    page.keyboard.press("End")
    low.evaluate("handle => { handle.value = 300; handle.dispatchEvent(new Event('input', { bubbles: true })); }")

    expect(page.get_by_role("button", name="Remove Price: from 300")).to_be_visible()
    page.wait_for_function(
        """() => [...document.querySelectorAll("likewise-card .price")]
          .every((each) => Number(each.textContent.replace(/[€,]/g, "")) >= 300)"""
    )


def test_days_are_a_range_too(visit):
    page = visit.open("/?where=added=2026-03-01..2026-05-31")

    added = group(page, "Added")
    added.locator("summary").click()

    expect(added.locator("output")).to_have_text("2026-03-01 to 2026-05-31")
    expect(page.get_by_role("button", name="Remove Added: 2026-03-01 to 2026-05-31")).to_be_visible()


def test_a_short_list_says_which_filter_holds_it_back_and_what_it_would_give(visit):
    page = visit.open("/?id=M-1000&where=category=Lamp&where=price=..100")

    said = page.locator("likewise-status")
    expect(said.get_by_role("heading")).to_have_text(re.compile(r"^Only \d+ products? left$"))
    expect(said.get_by_role("button", name=re.compile(r"^Without Category: Lamp \d+ product"))).to_be_visible()
    said.get_by_role("button", name=re.compile(r"^Without Price: up to 100 10 products")).click()

    expect(page.locator("likewise-card")).to_have_count(10)
    expect(page).not_to_have_url(re.compile("price"))


def test_alternatives_that_hold_a_list_back_are_taken_away_together(visit):
    page = visit.open("/?id=M-1000&where=category=Lamp&where=category=Sofa&where=price=..100")

    page.get_by_role("button", name=re.compile("^Without Category: Lamp or Category: Sofa")).click()

    expect(page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(1)


def test_a_filter_that_holds_nothing_back_is_no_way_out(visit):
    page = visit.open("/?id=M-1000&where=category=Lamp&where=price=..70")

    expect(page.get_by_role("button", name=re.compile("^Without Price"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Without Category"))).to_have_count(0)


def test_nothing_found_says_what_would_be_found(visit):
    page = visit.open("/?id=M-1000&where=category=Lamp&where=price=5000..6000")

    said = page.locator("likewise-status")
    expect(said.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(said).to_contain_text("No product meets all of these filters")
    said.get_by_role("button", name=re.compile("^Without Price")).click()
    expect(page.locator("likewise-card").first).to_contain_text("Lamp")


def test_what_nothing_is_alike_enough_for_is_said_too(visit):
    page = visit.open("/?id=M-1000&threshold=1")

    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="However alike").click()
    expect(page.locator("likewise-card").first).to_be_visible()


def test_a_list_is_filled_up_and_says_with_what(visit):
    page = visit.open("/?id=M-1000&where=category=Lamp&where=price=..70&fallback=true")

    expect(page.get_by_text("Left out to fill the list:")).to_be_visible()
    expect(page.locator("likewise-card").last).to_contain_text("Not ")


def test_a_condition_is_taken_back_however_it_is_written(visit):
    page = visit.open("/?id=M-1000&where=category%20%3D%20Lamp&where=price=..70||width_cm=..1")

    page.get_by_role("button", name=re.compile("^Without Price")).click()

    expect(page).to_have_url(re.compile(r"\?id=M-1000&where=category\+%3D\+Lamp$"))


def test_a_value_that_is_left_alone_is_not_checked_when_its_chip_is_gone(visit):
    page = visit.open("/?where=category=Lamp&where=price=5000..6000")
    category = group(page, "Category")
    box = category.get_by_role("checkbox", name="Lamp")
    expect(category.get_by_text("None left")).to_be_visible()
    expect(box).to_be_checked()

    page.get_by_role("button", name="Remove Category: Lamp").click()

    expect(box).to_have_count(0)


def test_what_is_short_without_filters_or_without_a_question_is_said_too(visit):
    page = visit.open("/?id=M-1000&group_by=category")
    expect(page.get_by_text("What was chosen holds the list back:")).to_be_visible()
    page.get_by_role("button", name="Several of each").click()
    expect(page.locator("likewise-status")).to_be_hidden()

    visit.open("/?where=category=Lamp&where=category=Sofa&where=price=..70")
    page.get_by_role("button", name="Without Category: Lamp or Category: Sofa").click()
    expect(page).to_have_url(re.compile(r"\?where=price%3D..70$"))
