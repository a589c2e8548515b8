"""A catalog's columns, and what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

OURS = ("id", "image", "cluster", "content")
"""Payload keys of our own, beside the catalog's columns."""

INDEXED = ("cluster", "content")
"""Those of them that a filter can name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; every value is kept as text so far."""

    name: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that an index keeps, in the table's order, and their roles.

    Attributes:
        columns: name and type of each.
        roles: role to the columns that have it. `filtered` columns get a payload index; `scored` ones are what
            Precision@k counts; `learned` ones are what a supervised reducer predicts unless told otherwise;
            `category` says from which groups queries are drawn; `title` and `caption` describe a product to people.
    """

    columns: tuple[Column, ...]
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(column.name for column in self.columns)

    def role(self, name: str) -> tuple[str, ...]:
        """The columns with a role, in the order of their importance."""
        return self.roles.get(name, ())

    @property
    def filterable(self) -> tuple[str, ...]:
        """Payload keys that a filter can name: each has a payload index."""
        return (*self.role("filtered"), *INDEXED)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "columns": [{"name": column.name, "type": column.type} for column in self.columns],
            "roles": {role: list(names) for role, names in self.roles.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Take `to_dict()` back.

        Raises:
            KeyError, TypeError, ValueError: not a schema.
        """
        columns = tuple(Column(str(each["name"]), str(each["type"])) for each in data["columns"])
        roles = {str(role): tuple(map(str, names)) for role, names in data["roles"].items()}
        strange = {name for names in roles.values() for name in names} - {column.name for column in columns}
        if strange:
            raise ValueError(f"roles name {sorted(strange)}, which are no columns")
        return cls(columns, roles)


_FILTERED = ("gender", "masterCategory", "subCategory", "articleType", "baseColour", "season", "year", "usage")
_SCORED = _FILTERED[:5]

FASHION = Schema(
    tuple(map(Column, (*_FILTERED, "productDisplayName"))),
    {
        # A display name is unique to its product: no filter wants it.
        "filtered": _FILTERED,
        "scored": _SCORED,
        "learned": _SCORED,
        "category": ("masterCategory",),
        "title": ("productDisplayName",),
        "caption": ("gender", "articleType", "baseColour"),
    },
)
"""The columns of the public data set Fashion Product Images, and the five attributes that the study scores."""
