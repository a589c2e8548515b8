"""Prices as people and programs write them: an amount and a currency, or no price and the reason.

Never a wrong number. `1.299` alone may be a thousand or little more than one; it is read when the other cells of
its column tell which mark has which meaning. No library that we know of refuses to guess: price-parser 0.5 makes 999
of `0.999`, 5 of `-5 EUR` and 10 of `10-20 EUR`; babel 2.19 needs the locale, which a table does not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .currencies import UNKNOWN, currency_of, joint_currency

MAX_LENGTH = 64
"""Characters; longer texts are descriptions."""

_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_MARKS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "−": "-", "٫": ",", "٬": "'"})  # noqa: RUF001
_NUMBER = r"[0-9]+(?:[.,' ][0-9]+)*"
_DASH = r"[.,:]\s?(?:--?|[–—])"  # noqa: RUF001
_PRICE = re.compile(rf"(?P<before>[^0-9]*?)\s*(?P<number>{_NUMBER})(?P<dash>{_DASH})?\s*(?P<after>[^0-9]*)")
_ANY = re.compile(_NUMBER)
_MINUS = re.compile(r"(?:^|\s|[^\w\s])-\s?[0-9]|[0-9]-$|^\(.*\)$")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class Price:
    """An amount that is neither negative nor infinite.

    Attributes:
        currency: its ISO 4217 code, or the sign itself where several currencies share it (`$`, `¥`, `kr`).
    """

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Convention:
    """How the numbers of one column are written.

    Attributes:
        decimal: the mark before the decimals; none if no cell shows it.
        thousands: the mark between thousands; none if no cell shows it.
        places: how many decimals the cells have.
    """

    decimal: str | None
    thousands: str | None
    places: frozenset[int] = frozenset({2})


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a number."""

    amount: Decimal
    decimal: str | None = None
    thousands: str | None = None
    places: int = 0

    def fits(self, convention: Convention) -> bool:
        """Whether a column of this convention would mean it so."""
        if self.decimal and (self.decimal != convention.decimal or self.places not in convention.places):
            return False
        if not self.thousands or self.thousands == convention.thousands:
            return True
        return convention.thousands is None and convention.decimal not in (None, self.thousands)


def parse_price(text: str | float | Decimal, convention: Convention | None = None) -> Price | None:
    """The price that a cell says, or none; `why_no_price` has the reason.

    Args:
        text: `19.90 EUR`, `€19.90`, `1.299,00 €`, `₹ 1,29,900`, …; numbers are amounts.
        convention: what its column agrees on; decides what is ambiguous alone.
    """
    found = _read(text, convention)
    return None if isinstance(found, str) else found


def why_no_price(text: str | float | Decimal, convention: Convention | None = None) -> str:
    """Why a cell is no price, in a few words; empty if it is one."""
    found = _read(text, convention)
    return found if isinstance(found, str) else ""


def price_convention(samples: Iterable[str]) -> Convention | None:
    """The one convention that all prices of a column follow; none if they show none, or contradict each other.

    Cells that are no prices do not count. What is ambiguous proves nothing, but has to fit.
    """
    decimals: set[str] = set()
    thousands: set[str] = set()
    places: set[int] = set()
    open_cells: set[tuple[_Reading, ...]] = set()
    for text in samples:
        parts = _parts(text)
        readings = () if isinstance(parts, str) else _readings(parts[0], parts[1])
        if len(readings) > 1:
            open_cells.add(readings)
        elif readings:
            decimals.update(filter(None, [readings[0].decimal]))
            thousands.update(filter(None, [readings[0].thousands]))
            places.update([readings[0].places] if readings[0].places else [])
    if len(decimals) > 1 or len(thousands) > 1 or decimals & thousands or not decimals | thousands:
        return None
    convention = Convention(next(iter(decimals), None), next(iter(thousands), None), frozenset(places))
    for readings in open_cells:
        if sum(reading.fits(convention) for reading in readings) != 1:
            return None
    return convention


def _read(text: str | float | Decimal, convention: Convention | None) -> Price | str:
    if not isinstance(text, str):
        return _amount(text)
    parts = _parts(text)
    if isinstance(parts, str):
        return parts
    number, dash, currency = parts
    readings = _readings(number, dash)
    if len(readings) > 1 and convention:
        readings = tuple(reading for reading in readings if reading.fits(convention))
        if not readings:
            return f"{number} is not written as the other prices of its column"
    if not readings:
        return f"{number} is no number as any country writes it"
    if len(readings) > 1:
        return f"{number} may mean {' or '.join(f'{reading.amount:f}' for reading in readings)}"
    return Price(readings[0].amount, currency)


def _amount(number: float | Decimal) -> Price | str:
    if isinstance(number, bool):
        return "a yes or no is no price"
    amount = Decimal(str(number))
    if not amount.is_finite():
        return "not a finite number"
    return "it is negative" if amount < 0 else Price(amount)


def _parts(text: str) -> tuple[str, str, str | None] | str:
    """Number, the dash in place of decimals, and currency; or why there are none."""
    text = _MARKS.sub("", _SPACES.sub(" ", text)).translate(_QUOTES).strip()
    if not text:
        return "it is empty"
    if len(text) > MAX_LENGTH:
        return f"it has {len(text):,} characters"
    if _MINUS.search(text) and len(_ANY.findall(text)) == 1:
        return "it is negative"
    match = _PRICE.fullmatch(text)
    if not match:
        count = len(_ANY.findall(text))
        return "there is no number in it" if not count else "there is more than one number in it"
    before, after = currency_of(match["before"]), currency_of(match["after"])
    for word, found in ((match["before"], before), (match["after"], after)):
        if found is UNKNOWN:
            return f"{word.strip()!r} is no currency"
    both = joint_currency(before, after)
    if both is UNKNOWN:
        return f"it names two currencies, {before} and {after}"
    return match["number"], (match["dash"] or "")[:1], both


def _readings(number: str, dash: str) -> tuple[_Reading, ...]:
    """All ways to read a number: none, one, or two. `dash` is the mark before a dash that stands for no decimals."""
    groups = re.split(r"[.,' ]", number)
    marks = re.findall(r"[.,' ]", number)
    if len(groups[0]) > 1 and groups[0].startswith("0"):
        return ()  # a code, not an amount
    if not marks:
        return (_Reading(Decimal(number), decimal=dash if dash in tuple(".,") else None),)
    found = []
    if not dash and (reading := _with_decimals(groups, marks)):
        found.append(reading)
    if dash not in marks and (reading := _whole(groups, marks)):
        found.append(reading)
    return tuple(found)


def _with_decimals(groups: list[str], marks: list[str]) -> _Reading | None:
    *before, last = marks
    if last not in tuple(".,") or last in before or len(groups[-1]) > _MOST_PLACES:
        return None
    whole = "".join(groups[:-1])
    thousands = before[0] if before else None
    if before and not _grouped(groups[:-1], before):
        return None
    return _Reading(Decimal(f"{whole}.{groups[-1]}"), last, thousands, len(groups[-1]))


def _whole(groups: list[str], marks: list[str]) -> _Reading | None:
    if groups[0] == "0" or not _grouped(groups, marks):
        return None
    return _Reading(Decimal("".join(groups)), thousands=marks[0])


def _grouped(groups: list[str], marks: list[str]) -> bool:
    """Whether one mark parts thousands, or lakhs and crores as in India."""
    if len(set(marks)) != 1 or groups[0].startswith("0"):
        return False
    by_thousand = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return by_thousand or bool(marks[0] == "," and _INDIAN.fullmatch(",".join(groups)))
