# ruff: noqa: RUF001 - the dashes and quotes that people put into prices
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.currencies import CODES
from likewise.ingest.catalog.prices import Convention, Price, parse_price, price_convention, why_no_price

READ = {
    "19.90 EUR": ("19.90", "EUR"),
    "EUR 19.90": ("19.90", "EUR"),
    "19.90eur": ("19.90", "EUR"),
    "€19.90": ("19.90", "EUR"),
    "1.299,00 €": ("1299.00", "EUR"),
    "1,299.00 USD": ("1299.00", "USD"),
    "125,25 EUR": ("125.25", "EUR"),
    "1 299,00 zł": ("1299.00", "PLN"),
    "1\u00a0299,00 Kč": ("1299.00", "CZK"),
    "1\u202f299,00\u00a0€": ("1299.00", "EUR"),
    "1\u2009299 kr": ("1299", "kr"),
    "CHF 1'299.–": ("1299", "CHF"),
    "CHF 1’299.50": ("1299.50", "CHF"),
    "SFr. 5.--": ("5", "CHF"),
    "US$ 12": ("12", "USD"),
    "$19.90 USD": ("19.90", "USD"),
    "$19.90": ("19.90", "$"),
    "₹ 1,29,900": ("129900", "INR"),
    "Rs. 12,34,567.50": ("1234567.50", "Rs"),
    "¥1200": ("1200", "¥"),
    "¥1200 JPY": ("1200", "JPY"),
    "R$ 1.299,90": ("1299.90", "BRL"),
    "1.299,-": ("1299", None),
    "1299:-": ("1299", None),
    "1.299.000": ("1299000", None),
    "1299.000": ("1299.000", None),
    "0.999": ("0.999", None),
    "19.9900": ("19.9900", None),
    "12,5": ("12.5", None),
    "0": ("0", None),
    " 7 ": ("7", None),
}

NOT_READ = {
    "1.299": "may mean 1.299 or 1299",
    "1,299": "may mean 1.299 or 1299",
    "EUR 12.345": "may mean",
    "-5": "negative",
    "-5.00 EUR": "negative",
    "$-5": "negative",
    "EUR -5": "negative",
    "−5": "negative",
    "5.00-": "negative",
    "(5.00)": "negative",
    "10-20 EUR": "more than one number",
    "10 – 20": "more than one number",
    "19.90 EUR / 22 USD": "more than one number",
    "3 for 5 EUR": "more than one number",
    "1e5": "more than one number",
    "All 10": "'All' is no currency",
    "top 10": "'top' is no currency",
    "from 19": "'from' is no currency",
    "ab 19,90 €": "'ab' is no currency",
    "19.90 EUR per piece": "is no currency",
    "19.90 XYZ": "'XYZ' is no currency",
    "19%": "no currency",
    "19²": "no currency",
    "½": "no number",
    "inf": "no number",
    "NaN": "no number",
    "EUR": "no number",
    "": "empty",
    " \u00a0 ": "empty",
    "19.90.10": "no number as any country",
    "1.29.900": "no number as any country",
    "1,2345.00": "no number as any country",
    "12 34": "no number as any country",
    "1.299.-": "no number as any country",
    "0012345": "no number as any country",
    "1.299,000.00": "no number as any country",
    "€19 USD": "two currencies",
    "٣٫٥": "no number",
    "1" * 65: "65 characters",
}


@pytest.mark.parametrize("text", READ)
def test_prices_as_people_write_them(text):
    amount, currency = READ[text]
    assert parse_price(text) == Price(Decimal(amount), currency)
    assert why_no_price(text) == ""


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_no_price_says_why(text):
    assert parse_price(text) is None
    assert NOT_READ[text] in why_no_price(text)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(19, "19"), (19.9, "19.9"), (0.1, "0.1"), (Decimal("1.299"), "1.299"), (-1, None), (float("nan"), None),
     (float("inf"), None), (True, None)],
)  # fmt: skip
def test_numbers_are_amounts(number, expected):
    assert parse_price(number) == (Price(Decimal(expected)) if expected else None)


GERMAN = Convention(",", ".", frozenset({2}))
ENGLISH = Convention(".", ",", frozenset({2}))


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (["19,90", "1.299", "5,00 €"], Convention(",", None)),
        (["1.299,00", "1.299"], GERMAN),
        (["1,299.00 USD", "1,299", "from 3"], ENGLISH),
        (["1.299.000", "1.299"], Convention(None, ".", frozenset())),
        (["1250.000", "1.500"], Convention(".", None, frozenset({3}))),
        (["1 299,50", "12"], Convention(",", " ")),
        (["1.299", "12.990", "899"], None),  # nothing tells
        (["19,90", "19.90"], None),  # both
        (["1.299,00", "1,299.00"], None),
        (["1.299.000", "1,299,000"], None),
        (["19.90", "1.299"], None),  # three decimals where the others have two
        (["12", "no price"], None),
        ([], None),
    ],
)
def test_one_convention_fits_all_cells_of_a_column(samples, expected):
    assert price_convention(samples) == expected


def test_a_convention_decides_what_is_ambiguous():
    assert parse_price("1.299", Convention(",", None)) == Price(Decimal(1299))
    assert parse_price("1.299", GERMAN) == Price(Decimal(1299))
    assert parse_price("1,299", ENGLISH) == Price(Decimal(1299))
    assert parse_price("1.299", Convention(".", None, frozenset({3}))) == Price(Decimal("1.299"))
    assert parse_price("1.299", ENGLISH) is None
    assert "not written as the other prices" in why_no_price("1.299", ENGLISH)
    assert parse_price("1,299", Convention(None, " ", frozenset())) is None


AMOUNTS = st.decimals(0, 10**9, places=2)
WRITTEN = {"de": (",", "."), "en": (".", ","), "fr": (",", "\u202f"), "ch": (".", "'"), "pl": (",", "\u00a0")}
CURRENCIES = st.sampled_from([*sorted(CODES)[:20], "€", "$", "zł", ""])


def written(amount, decimal, thousands, places=2):
    text = f"{amount:,.{places}f}"
    return text.translate(str.maketrans({",": thousands, ".": decimal}))


@given(AMOUNTS, st.sampled_from(sorted(WRITTEN)), CURRENCIES, st.booleans())
def test_a_price_is_read_as_it_was_written(amount, country, currency, before):
    text = written(amount, *WRITTEN[country])
    text = f"{currency} {text}" if before else f"{text} {currency}"
    assert parse_price(text).amount == amount


@given(st.lists(AMOUNTS, min_size=1), st.sampled_from(sorted(WRITTEN)), st.lists(st.integers(1_000, 999_999)))
def test_a_column_is_read_as_it_was_written_or_not_at_all(amounts, country, whole):
    decimal, thousands = WRITTEN[country]
    cells = [written(amount, decimal, thousands) for amount in amounts]
    # Whole amounts without decimals, such as 1.299: ambiguous alone.
    cells += [written(amount, decimal, thousands, places=0) for amount in whole]
    convention = price_convention(cells)
    assert convention is not None
    assert convention.decimal == decimal
    for cell, amount in zip(cells, [*amounts, *whole], strict=True):
        found = parse_price(cell, convention)
        assert found is None or found.amount == amount
        assert found is not None or convention.thousands is None


@given(st.text(max_size=70) | st.from_regex(r"[-€$ ]{0,2}[0-9.,' ]{1,12}[-–€ ]{0,2}", fullmatch=True))
def test_any_text_is_a_price_or_a_reason(text):
    found = parse_price(text)
    assert (found is None) == bool(why_no_price(text))
    assert found is None or (found.amount >= 0 and found.amount.is_finite())


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"))
def test_thousands_or_decimals_is_never_guessed(head, tail, mark):
    assert parse_price(f"{head}{mark}{tail:03}") is None
