"""How a catalog is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from ..images import SourceOptions
from .roles import Wishes
from .schema import ColumnType


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How to read a catalog; kept with an index, so that the next run reads it in the same way.

    Attributes:
        id_column: column of the ids; `id` unless told.
        image_columns: columns of the pictures, the main one first; without any, pictures are `images/<id>.jpg` (or
            .png, …).
        only: `(column, value)` pairs; values of the same column are alternatives, columns must all agree.
        types: `(column, type)` pairs for columns whose type is not to be found out.
        drop: columns that the index does not keep.
        keep: the only columns that it keeps; all where none is named.
        filterable: columns that get a payload index although their values are nearly all different.
        attributes: columns that are scored and learned, instead of those that suit.
        category: column from whose values' products queries are drawn.
        delimiter, encoding: of a text table, where they are not to be found out.
        sheet: of a workbook; the first unless told.
        nulls: further words that mean an empty cell.
        maps: `(ours, theirs)` pairs: columns of a feed, or of any table, that are to have other names.
        image_roots: further folders with pictures.
        image_hosts: the only hosts from which pictures are fetched; any where none is named.
        allow_private: whether pictures may be fetched from private networks.
    """

    id_column: str | None = None
    image_columns: tuple[str, ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, ColumnType], ...] = ()
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    filterable: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    category: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    nulls: tuple[str, ...] = ()
    maps: tuple[tuple[str, str], ...] = ()
    image_roots: tuple[str, ...] = ()
    image_hosts: tuple[str, ...] = ()
    allow_private: bool = False

    @property
    def wishes(self) -> Wishes:
        """What they say of the schema."""
        return Wishes(dict(self.types), self.filterable, self.attributes, self.category)

    @property
    def sources(self) -> SourceOptions:
        """Where pictures may come from."""
        return SourceOptions(tuple(map(Path, self.image_roots)), self.allow_private, self.image_hosts)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that they speak of, without which a catalog can still be read."""
        one = [] if self.category is None else [self.category]
        types = [column for column, _ in self.types]
        return frozenset((*types, *self.drop, *self.keep, *self.filterable, *self.attributes, *one))

    def without(self, columns: Collection[str]) -> Self:
        """The same, as if these columns were not spoken of; a catalog keeps what is left of `keep`."""

        def left(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name not in columns)

        return dataclasses.replace(
            self,
            types=tuple((column, kind) for column, kind in self.types if column not in columns),
            drop=left(self.drop),
            filterable=left(self.filterable),
            attributes=left(self.attributes),
            category=None if self.category in columns else self.category,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what was not said is left out."""
        plain = dataclasses.asdict(self)
        return {name: _lists(value) for name, value in plain.items() if value not in (None, (), False)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Take `to_dict()` back, also that of an earlier release."""
        known = {each.name for each in fields(cls)}
        kept = {name: _tuples(value) for name, value in data.items() if name in known and value is not None}
        if data.get("image_column"):
            kept["image_columns"] = (str(data["image_column"]),)
        return cls(**kept)


def _lists(value: Any) -> Any:  # noqa: ANN401 - JSON values
    return [_lists(each) for each in value] if isinstance(value, list | tuple) else value


def _tuples(value: Any) -> Any:  # noqa: ANN401
    return tuple(_tuples(each) for each in value) if isinstance(value, list | tuple) else value
