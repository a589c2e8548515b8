"""A catalog's columns with their types, and what each is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, cast, get_args

ColumnType = Literal["text", "integer", "float", "bool", "datetime", "list"]
"""Of a column's values: `list` is one of texts, `datetime` a date or a point in time in the words of RFC 3339."""

TYPES: tuple[ColumnType, ...] = get_args(ColumnType)

OURS = ("id", "image", "cluster", "content", "predicted")
"""Payload keys of our own, beside the catalog's columns; a column that bears one of these names keeps it."""

INDEXED = ("cluster", "content")
"""Those of them that a filter can name."""

ROLES = ("filtered", "scored", "learned", "category", "title", "caption", "group")
"""What columns can be for, see `Schema`."""

RESERVED = ("_since", "_until")
"""Names that a server's versions need for themselves."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, and the type of its values."""

    name: str
    type: ColumnType = "text"

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"{self.name!r} is of type {self.type!r}, not {', '.join(TYPES)}")


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that an index keeps, in the table's order, and their roles.

    Attributes:
        columns: name and type of each.
        roles: role to the columns that have it. `filtered` columns get a payload index; `scored` ones are what
            Precision@k counts; `learned` ones are what a supervised reducer predicts unless told otherwise;
            `category` says from which groups queries are drawn; `title` and `caption` describe a product to people;
            `group` names what variants of one product share.
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

    def type_of(self, key: str) -> ColumnType:
        """Type of the values of a payload key; ours are texts."""
        return next((column.type for column in self.columns if column.name == key), "text")

    def key(self, ours: str) -> str:
        """The payload key of one of `OURS`, which gives way to a column of that name."""
        while ours in self.names:
            ours = f"_{ours}"
        return ours

    @property
    def filterable(self) -> tuple[str, ...]:
        """Payload keys that a filter can name: each has a payload index."""
        return (*self.role("filtered"), *(self.key(ours) for ours in INDEXED))

    @property
    def indexes(self) -> dict[str, str]:
        """Payload key to the kind of its index: `cluster`, or the type of its values."""
        return {key: "cluster" if key == self.key("cluster") else self.type_of(key) for key in self.filterable}

    def with_roles(self, **roles: Iterable[str]) -> Schema:
        """The same columns with other roles; those that are not named stay."""
        return Schema(self.columns, {**self.roles, **{role: tuple(names) for role, names in roles.items()}})

    def changes_from(self, before: Schema) -> dict[str, Any]:
        """What differs from an earlier schema in columns and their types, as JSON values; what does not is left out."""
        old = {column.name: column.type for column in before.columns}
        new = {column.name: column.type for column in self.columns}
        found = {
            "added": sorted(new.keys() - old.keys()),
            "vanished": sorted(old.keys() - new.keys()),
            "retyped": {name: [old[name], kind] for name, kind in new.items() if old.get(name, kind) != kind},
        }
        return {what: names for what, names in found.items() if names}

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
        columns = tuple(Column(str(each["name"]), cast(ColumnType, each["type"])) for each in data["columns"])
        roles = {str(role): tuple(map(str, names)) for role, names in data["roles"].items()}
        strange = {name for names in roles.values() for name in names} - {column.name for column in columns}
        if strange:
            raise ValueError(f"roles name {sorted(strange)}, which are no columns")
        return cls(columns, roles)


def quoted(key: str) -> str:
    """A payload key as Qdrant writes it in a path: a dot or a space in a name is no step into it."""
    return key if _PLAIN.fullmatch(key) else f'"{key}"'


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
