"""What recommendations are scored by, and from which groups of products queries are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from likewise.ingest.catalog import FASHION, SCORABLE, Schema, check_category, check_scored
from likewise.ingest.errors import ParameterError
from likewise.search.showing.rendering import label

CATEGORIES = ("Apparel", "Footwear", "Accessories")
"""The three master categories of the study."""

MEAN = "mean"
"""Stands for the mean of the groups, in their place."""

EVERYTHING = "all"
"""The one group of all products, where no column makes groups."""

MOST_GROUPS = 20

LEAST = 2
"""Products of a group: one alone has nothing of its own kind to find."""

_STUDY = FASHION.role("category")[0]


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a recommendation is scored by.

    It gets an equal share for each attribute in which it equals the query: texts, numbers and truth values by
    equality, lists where they have the same members, in any order.

    Attributes:
        attributes: the columns that are compared.
        category: the column by whose values queries are drawn; None draws them from all products.
    """

    attributes: tuple[str, ...]
    category: str | None = None

    @classmethod
    def of(cls, schema: Schema, attributes: Sequence[str] = (), by: str | None = None) -> Self:
        """The columns that are named, and else those with the roles `scored` and `category`.

        Raises:
            ParameterError: nothing to score; a column that is not there or cannot be scored, or makes no groups.
        """
        scored = tuple(dict.fromkeys(attributes)) or schema.role("scored")
        if not scored:
            fitting = ", ".join(column.name for column in schema.columns if column.type in SCORABLE) or "none"
            raise ParameterError(
                "There is nothing to score: no column has texts that repeat. Name columns with --attributes COLUMN,…; "
                f"to choose from: {fitting}."
            )
        category = by or next(iter(schema.role("category")), None)
        check_scored(scored, schema)
        if category is not None:
            check_category(category, schema)
        return cls(scored, category)

    @property
    def of_study(self) -> bool:
        """Whether figures can stand beside those that the study published."""
        return (self.attributes, self.category) == (FASHION.role("scored"), _STUDY)

    @property
    def text(self) -> str:
        """For people."""
        drawn = "drawn from all products" if self.category is None else f"by {self.category}"
        return f"scored: {', '.join(self.attributes)}; queries {drawn}"

    def group(self, values: Mapping[str, Any]) -> str | None:
        """The group of a product, by its values; None for one without a value."""
        if self.category is None:
            return EVERYTHING
        value = values.get(self.category)
        if value in (None, ""):
            return None
        # A group of that name would take the place of the mean.
        return f"{self.category} {MEAN}" if value == MEAN else label(value)

    def chosen(self, sizes: Mapping[str, int]) -> tuple[list[str], str]:
        """The groups from which queries are drawn, of the numbers of products in all, and a remark on what is not.

        The study's three where the study's column has any of them; else those of at least two products, the 20 most
        frequent.

        Raises:
            ParameterError: no group.
        """
        study = [name for name in CATEGORIES if name in sizes] if self.category == _STUDY else []
        if study:
            return study, ""
        large = sorted((name for name, size in sizes.items() if size >= LEAST), key=lambda name: (-sizes[name], name))
        if not large:
            raise ParameterError(
                f"No two products share a value of {self.category!r}; choose another column with --by."
                if self.category is not None
                else "One product alone has nothing to be compared with."
            )
        names, remark = sorted(large[:MOST_GROUPS]), ""
        if len(large) > MOST_GROUPS:
            remark = f"of {len(large):,} values of {self.category}, the {MOST_GROUPS} most frequent have queries"
        return names, remark


def draw(members: Mapping[str, Sequence[str]], names: Sequence[str], count: int, seed: int) -> dict[str, list[str]]:
    """Group to at most `count` ids, a seeded sample without replacement that depends on the ids alone."""
    rng = np.random.default_rng(seed)
    chosen = {}
    for name in names:
        ordered = sorted(members.get(name, ()))
        chosen[name] = [ordered[at] for at in rng.permutation(len(ordered))[:count]]
    return chosen
