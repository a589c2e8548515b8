"""What a maker's columns are to us."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from ...errors import ParameterError
from .rows import Raw
from .values import addresses, distinct, text

ID, IMAGES, GROUP = "id", "images", "group"
IMAGE = "image"
"""What people may call `images` when they tell a column."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A maker's table, and how its rows become products.

    Attributes:
        maker: key of the maker, which decides how rows combine.
        name: what people call such a file.
        sources: our column to the maker's. Of several the first that has a value counts; of `images` all do, in
            order, and the first picture is the main one. `group` is what variants of one product have in common.
        derived: our columns that are worked out, and from what, in words.
        helpers: further columns of the maker's that this needs.
        rest: columns that keep their names.
        columns_seen: all columns of the table.
    """

    maker: str
    name: str
    sources: Mapping[str, tuple[str, ...]]
    derived: Mapping[str, str]
    helpers: tuple[str, ...]
    rest: tuple[str, ...]
    columns_seen: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Ours: those that the products have."""
        return distinct([*self.sources, *self.derived, *self.rest])

    def __str__(self) -> str:
        """`Google Merchant feed: id ← id, images ← image_link + additional_image_link, price ← price …`."""
        parts = [
            f"{ours} ← {(' + ' if ours == IMAGES else ' or ').join(theirs)}"
            for ours, theirs in self.sources.items()
            if theirs
        ]
        parts += [f"{ours} ← {how}" for ours, how in self.derived.items() if ours not in self.sources]
        return f"{self.name}: {', '.join(parts)}"

    def overruled(self, pairs: Mapping[str, str]) -> Self:
        """The feed with some columns told: ours to the maker's, as `--map colour=color` gives them.

        `a+b` names several pictures or alternatives; an empty name leaves a column out.

        Raises:
            ParameterError: the table has no such column.
        """
        sources, derived = dict(self.sources), dict(self.derived)
        for ours, theirs in pairs.items():
            named = (theirs,) if theirs in self.columns_seen else tuple(filter(None, theirs.split("+")))
            for column in named:
                if column not in self.columns_seen:
                    raise ParameterError(
                        f"--map {ours}={theirs} names the column {column!r}, which the table does not have; "
                        f"it has {', '.join(self.columns_seen)}."
                    )
            sources[IMAGES if ours == IMAGE else ours] = named
            if not named:
                derived.pop(ours, None)
        used = {column for theirs in sources.values() for column in theirs}
        rest = tuple(column for column in self.rest if column not in used and column not in sources)
        return dataclasses.replace(self, sources=sources, derived=derived, rest=rest)

    def needs(self, keep: Collection[str] | None) -> set[str] | None:
        """The maker's columns that are read for those of ours that are to `keep`; none for all."""
        if keep is None:
            return None
        wanted = {column for ours, theirs in self.sources.items() if ours in {*keep, ID, GROUP} for column in theirs}
        return {*wanted, *self.helpers, *(column for column in self.rest if column in keep)}

    def first(self, fields: Mapping[str, Raw], ours: str) -> Raw:
        """The first value among the columns that one of ours is taken from."""
        for column in self.sources.get(ours, ()):
            if text(value := fields.get(column)):
                return value
        return None

    def named(self, fields: Mapping[str, Raw]) -> dict[str, Raw]:
        """A row's values by our names, without the empty ones."""
        found = {ours: self.first(fields, ours) for ours in self.sources if ours != IMAGES}
        found[IMAGES] = list(self.pictures(fields))
        found |= {column: fields.get(column) for column in self.rest}
        return {column: _clean(value) for column, value in found.items() if _present(value)}

    def pictures(self, fields: Mapping[str, Raw]) -> list[str]:
        """A row's pictures, each once, the main one first."""
        return distinct(name for column in self.sources.get(IMAGES, ()) for name in addresses(fields.get(column)))


def _present(value: Raw) -> bool:
    return bool(value) if isinstance(value, list | dict) else text(value) != ""


def _clean(value: Raw) -> Raw:
    return value.strip() if isinstance(value, str) else value
