"""The schema of a table, from its values: every type is what all of a column's values are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .column_facts import ColumnFacts, Prices
from .nothing import NOTHING, is_nothing, without_point
from .roles import Wishes, is_study, schema_of
from .schema import FASHION, Column, ColumnType, Schema
from .tables import Row
from .values import BadValueError, Value, as_text, is_missing, parse

CURRENCY = "_currency"
"""What the name of the column ends in that holds a price's currency."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A table's schema, and how its cells are read.

    Attributes:
        schema: columns with types and roles.
        words: texts that mean an empty cell.
        prices: columns of prices.
        currencies: columns that hold the currency of a price, and the price's column.
        rounded: columns of texts that are whole numbers with a fraction of zero.
        rounded_ids: whether the ids are.
    """

    schema: Schema
    words: Collection[str] = NOTHING
    prices: Mapping[str, Prices] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    rounded: Collection[str] = ()
    rounded_ids: bool = False

    def id_of(self, raw: Any) -> str:  # noqa: ANN401 - whatever a reader of tables gives
        """A row's id as text, empty where it has none."""
        # Not by the words for nothing: NULL is an odd id, and still one.
        text = "" if is_missing(raw) else as_text(raw).strip()
        return without_point(text) if self.rounded_ids else text

    def value(self, column: Column, fields: Mapping[str, Any]) -> Value | None:
        """A row's value in a column; None where it holds nothing.

        Raises:
            BadValueError: the column's type cannot hold it.
        """
        source = self.currencies.get(column.name)
        raw: Any = fields.get(source or column.name)
        if is_nothing(raw, self.words):
            return None
        prices = self.prices.get(source or column.name)
        if prices is None:
            if column.name in self.rounded and isinstance(raw, str):
                raw = without_point(raw)
            return parse(raw, column.type)
        price = prices.parse(raw)
        if source is not None:
            return None if price is None else price.currency
        if price is None:
            raise BadValueError(f"{str(raw)[:80]!r} is no price ({prices.why_not(raw)})")
        return float(price.amount)


def understand(
    rows: Iterable[Row],
    names: Sequence[str],
    id_column: str,
    stated: Mapping[str, str],
    wishes: Wishes,
    indexed: Schema | None,
    words: Collection[str] = NOTHING,
) -> Understanding:
    """The understanding of a table that a pass over its rows gives.

    Args:
        rows: that count.
        names: the columns that are kept.
        id_column: the column of the ids.
        stated: types that the table's format gives.
        wishes: of a person.
        indexed: schema of the index, whose types and roles stay where today's values allow it.
        words: texts that mean an empty cell.
    """
    facts = _new_facts(names, stated, wishes, indexed)
    ids = ColumnFacts(id_column)
    whole = True
    for row in rows:
        for name, found in facts.items():
            raw = row.fields.get(name)
            found.rows += 1
            if not is_nothing(raw, words):
                found.see(raw, row.line)
        raw_id = row.fields.get(id_column)
        if whole and isinstance(raw_id, str) and raw_id:
            whole = raw_id.endswith(".0")
            ids.see(raw_id, row.line)
    prices = {name: found.prices for name, found in facts.items() if found.type == "float" and found.prices is not None}
    currencies = {}
    for name, how in prices.items():
        found = _currency_facts(f"{name}{CURRENCY}", facts[name], how)
        if found.distinct and found.name not in facts:
            currencies[found.name] = name
            facts[found.name] = found
    schema = schema_of(facts, wishes, indexed)
    rounded = {name for name, found in facts.items() if found.type == "text" and found.rounded}
    return Understanding(schema, words, prices, currencies, rounded, whole and ids.filled > 0 and ids.rounded)


def _new_facts(
    names: Sequence[str], stated: Mapping[str, str], wishes: Wishes, indexed: Schema | None
) -> dict[str, ColumnFacts]:
    before = {} if indexed is None else {column.name: column.type for column in indexed.columns}
    study: dict[str, ColumnType] = {}
    if is_study(names):
        study = {column.name: column.type for column in FASHION.columns}
    return {
        name: ColumnFacts(name, wishes.types.get(name) or study.get(name), stated.get(name), before.get(name))  # type: ignore[arg-type]
        for name in names
    }


def _currency_facts(name: str, of: ColumnFacts, prices: Prices) -> ColumnFacts:
    # Its values are not seen one by one, and without a type it would be the first that nothing speaks against.
    facts = ColumnFacts(name, stated="text", filled=of.filled)
    for text, _ in of.distinct:
        price = prices.parse(text)
        if price is not None and price.currency:
            facts.distinct.add((price.currency, str))
    return facts
