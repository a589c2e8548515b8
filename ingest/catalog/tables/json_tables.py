"""Tables of JSON: an object a line, or an array of objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import CatalogError
from .cells import json_cell, typed_row
from .encodings import check_encoding, recognise_encoding
from .json_array import elements
from .lines import damage, numbered_lines
from .rows import Row, Table, TableOptions
from .streams import packed

MAX_OBJECT = 2**24
"""Characters of one object."""

_MOST_COLUMNS = 10_000

Objects: TypeAlias = Iterator[tuple[int, Any]]
"""Numbered objects; a `Row` where there is none, a reject."""


def open_json_lines(path: Path, options: TableOptions) -> Table:
    """Open a table of an object a line; rows have the numbers of their lines.

    Raises:
        CatalogError: without any object, or unreadable.
    """
    encoding = _encoding(path, options)
    return _table(path, lambda: _objects_of_lines(path, encoding), "JSON lines")


def open_json_array(path: Path, options: TableOptions) -> Table:
    """Open a table that is an array of objects; the first one is row 2, as below a header.

    Raises:
        CatalogError: without any object, or unreadable.
    """
    encoding = _encoding(path, options)
    return _table(path, lambda: _objects_of_array(path, encoding), "JSON, an array of objects")


def _encoding(path: Path, options: TableOptions) -> str:
    return check_encoding(options.encoding) if options.encoding else recognise_encoding(path)


def _table(path: Path, objects: Callable[[], Objects], recognised: str) -> Table:
    columns: dict[str, None] = {}
    for _, found in objects():
        if isinstance(found, dict):
            columns.update(dict.fromkeys(key for key in found if not damage(key)))
        if len(columns) > _MOST_COLUMNS:
            raise CatalogError(f"The objects of {path} have over {_MOST_COLUMNS:,} different keys; that is no table.")
    if not columns:
        raise CatalogError(f"{path} has no JSON object in it; each one is a row, and its keys are the columns.")

    def reading(keep: Sequence[str]) -> Iterator[Row]:
        for number, found in objects():
            if isinstance(found, Row):
                yield found
            else:
                yield typed_row(number, {column: found.get(column) for column in keep}, json_cell)

    prefix = "packed " if packed(path) else ""
    return Table(path, list(columns), f"{prefix}{recognised}, {len(columns)} columns", reading)


def _objects_of_lines(path: Path, encoding: str) -> Objects:
    for number, line in numbered_lines(path, encoding, MAX_OBJECT):
        if line.strip():
            yield number, _object(number, line, encoding)


def _object(number: int, line: str, encoding: str) -> dict[str, Any] | Row:
    problem = damage(line, encoding)
    if problem:
        return Row(number, {}, "bad-encoding", problem)
    if len(line) >= MAX_OBJECT:
        return Row(number, {}, "too-long", f"the line has over {MAX_OBJECT:,} characters")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, "bad-value", f"the line is no JSON ({error})")
    return _checked(number, found)


def _objects_of_array(path: Path, encoding: str) -> Objects:
    for number, found in enumerate(elements(path, encoding, MAX_OBJECT), 2):
        yield number, _checked(number, found)


def _checked(number: int, found: Any) -> dict[str, Any] | Row:  # noqa: ANN401 - whatever JSON holds
    if isinstance(found, dict):
        return found
    return Row(number, {}, "bad-value", f"no JSON object, but {json.dumps(found)[:100]}")
