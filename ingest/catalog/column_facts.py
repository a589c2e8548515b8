"""What the values of a column show of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .nothing import whole_numbers
from .prices import Convention, Price, parse_price, price_convention, why_no_price
from .schema import ColumnType
from .values import BadValueError, fits, is_missing, parse

NARROW: tuple[ColumnType, ...] = ("bool", "integer", "float", "datetime", "list")
"""Types that a column is tried for, in this order; what is none of them is text."""

MOST_DISTINCT = 20_000
"""Values of a column that are told apart; a text column with more is no filter by itself."""

FEW_DISTINCT = 20
"""Different values that make a filter also of a small catalog's column."""

LONGEST_KEPT = 1_000
"""Characters of a value that are kept to tell it apart; a longer one, which is no number and no price, by its hash."""

LONGEST_FILTERED = 128
"""Characters of the longest text that is filtered by unless asked."""

STRAYS = 0.05
"""Largest share of values that may not fit the type that a column has in the index, for the type to stay."""

_MINUS = ("-", "\u2212")
_MONEY = re.compile(r"price|preis|prix|prezzo|precio|cost|amount|betrag")


@dataclass(frozen=True, slots=True)
class Prices:
    """A column of prices, and how their numbers are written.

    Attributes:
        signed: whether a minus is part of a number; a price is never negative unless a person says what it is.
    """

    convention: Convention | None
    signed: bool = False

    def parse(self, text: Any) -> Price | None:  # noqa: ANN401 - whatever a reader of tables gives
        """The price that a cell says, or none."""
        bare = self.unsigned(text)
        price = parse_price(bare, self.convention)
        return price if price is None or bare is text else Price(-price.amount, price.currency)

    def why_not(self, text: Any) -> str:  # noqa: ANN401
        """Why a cell says no price."""
        return why_no_price(self.unsigned(text), self.convention)

    def unsigned(self, text: Any) -> Any:  # noqa: ANN401
        """A cell without the minus that is part of its number; the same object where there is none."""
        minus = self.signed and isinstance(text, str) and text.lstrip().startswith(_MINUS)
        return text.lstrip()[1:] if minus else text


@dataclass
class ColumnFacts:
    """What the values of a column have shown so far.

    Attributes:
        name: of the column.
        chosen: the type that a person gives it.
        stated: the type that the table's format gives it.
        indexed: the type that it has in the index; None for a new column.
        rows: that were seen.
        filled: values that hold something.
        longest: characters of the longest text.
        strays: values that the indexed type cannot hold.
        distinct: the different values, at most `MOST_DISTINCT` of them.
        members: of lists, each one once, at most `MOST_DISTINCT` of them; a filter asks for a member.
        listed: how many members all lists have together.
        example: the first of the strays: its row and why.
    """

    name: str
    chosen: ColumnType | None = None
    stated: ColumnType | None = None
    indexed: ColumnType | None = None
    rows: int = 0
    filled: int = 0
    longest: int = 0
    strays: int = 0
    distinct: set[Any] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    listed: int = 0
    example: str = ""
    _open: list[ColumnType] = field(default_factory=lambda: list(NARROW))

    def see(self, raw: Any, row: int) -> None:  # noqa: ANN401 - whatever a reader of tables gives
        """Take one more value into account."""
        if is_missing(raw):
            return
        self.filled += 1
        if self._may_be_list(raw):
            self._count_members(raw)
        known = raw if isinstance(raw, str | int | float | bool) else repr(raw)
        if isinstance(known, str) and len(known) > LONGEST_KEPT:
            known = f"…{hashlib.sha256(known.encode('utf-8', 'surrogatepass')).hexdigest()}"
        if (known, type(raw)) in self.distinct:
            if self.indexed is not None and self.strays:
                self._check(raw, row)
            return
        if len(self.distinct) < MOST_DISTINCT:
            self.distinct.add((known, type(raw)))
        self._open = [kind for kind in self._open if fits(raw, kind)]
        if isinstance(raw, str):
            self.longest = max(self.longest, len(raw))
        if self.indexed is not None:
            self._check(raw, row)

    def _may_be_list(self, raw: Any) -> bool:  # noqa: ANN401
        return "list" in (self.chosen, self.stated, self.indexed) or ("list" in self._open and fits(raw, "list"))

    def _count_members(self, raw: Any) -> None:  # noqa: ANN401
        try:
            found = parse(raw, "list")
        except BadValueError:
            return
        members = found if isinstance(found, tuple) else ()
        self.listed += len(members)
        if len(self.members) < MOST_DISTINCT:
            self.members.update(members)

    def _check(self, raw: Any, row: int) -> None:  # noqa: ANN401
        try:
            parse(raw, self.indexed or "text")
        except BadValueError as error:
            self.strays += 1
            self.example = self.example or f"row {row}: {error}"

    @property
    def type(self) -> ColumnType:
        """What the column is."""
        if self.chosen is not None:
            return self.chosen
        own = self.stated or (self._open[0] if self.filled and self._open else "text")
        if own == "float" and self.filled < self.rows and "integer" in self._open:
            # A gap in a column of whole numbers makes floats of them, in pandas and in what it writes.
            own = "integer"
        if own == "text" and self.prices is not None:
            own = "float"
        if self.indexed is None:
            return own
        if self.strays == 0:
            return self.indexed
        if (self.indexed, own) == ("integer", "float"):
            return own
        return self.indexed if self.strays <= STRAYS * self.filled else own

    @cached_property
    def prices(self) -> Prices | None:
        """How to read the column's prices; None where they are none, or plain numbers."""
        texts = [value for value, kind in self.distinct if kind is str]
        all_texts = texts and len(texts) == len(self.distinct) < MOST_DISTINCT
        if self.chosen not in (None, "float") or not all_texts or "float" in self._open:
            return None
        how = Prices(None, signed=self.chosen == "float")
        how = replace(how, convention=price_convention(map(how.unsigned, texts)))
        found = [how.parse(text) for text in texts]
        read = [price for price in found if price is not None]
        if len(found) - len(read) > STRAYS * len(found):
            return None
        # A sign of money makes the difference to a text that has a number in it; so does the column's name. Without
        # either, 38,40 may be two sizes, unless a person says that it is a number.
        told = self.chosen == "float" or _MONEY.search(self.name.lower())
        if not told and not any(price.currency for price in read):
            return None
        return how

    @cached_property
    def rounded(self) -> bool:
        """Whether the values are whole numbers that a gap in the column has turned into floats, as texts."""
        return whole_numbers(value for value, kind in self.distinct if kind is str)

    @property
    def repeats(self) -> bool:
        """Whether values, or the members of lists, come back often enough to be filtered by."""
        values, filled, longest = self.distinct, self.filled, self.longest
        if self.type == "list":
            values, filled, longest = self.members, self.listed, max(map(len, self.members), default=0)
        few = len(values) <= FEW_DISTINCT or 2 * len(values) <= filled
        return few and len(values) < MOST_DISTINCT and longest <= LONGEST_FILTERED
