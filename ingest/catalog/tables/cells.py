"""Values of typed formats, and whether a row of them can be kept."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

from .lines import is_clean
from .rows import MAX_FIELD, Raw, Row


class CellError(Exception):
    """A cell that no value stands for; `reason` and `detail` as a reject has them, without the column's name."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def checked_text(value: str) -> str:
    """The text itself.

    Raises:
        CellError: it is too long, contains a NUL, or is no Unicode.
    """
    if len(value) > MAX_FIELD:
        raise CellError("too-long", f"has {len(value):,} characters")
    if not is_clean(value):
        raise CellError("bad-encoding", "contains a NUL character" if "\0" in value else "is not UTF-8")
    return value


def json_cell(value: Any) -> Raw:  # noqa: ANN401 - whatever JSON holds
    """A value of JSON as a cell: scalars and lists of them as they are, what is nested deeper as its JSON text.

    Raises:
        CellError: a text that cannot be kept.
    """
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return [json_cell(each) for each in value]
    if isinstance(value, list | dict):
        return checked_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value  # type: ignore[no-any-return] # bool, int or None


def excel_cell(value: Any) -> Raw:  # noqa: ANN401 - whatever calamine gives
    """A value of a spreadsheet as a cell: an empty one is None, times of day and durations are text.

    Raises:
        CellError: a text that cannot be kept.
    """
    if isinstance(value, str):
        return checked_text(value) if value else None
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    return value  # type: ignore[no-any-return] # bool, int, float, date or datetime


def typed_row(line: int, cells: Mapping[str, Any], convert: Callable[[Any], Raw]) -> Row:
    """The row of these values; a reject, with the other cells, if one of them cannot be converted."""
    fields: dict[str, Raw] = {}
    reason = detail = ""
    for column, value in cells.items():
        try:
            fields[column] = convert(value)
        except CellError as error:
            reason, detail = (reason, detail) if reason else (error.reason, f"{column} {error.detail}")
    return Row(line, fields, reason, detail)
