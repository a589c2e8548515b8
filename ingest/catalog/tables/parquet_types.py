"""Types of Arrow: what they are called here, and how whole columns of them become Python's values."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .cells import CellError, checked_text
from .rows import MAX_FIELD, Raw

_NANOSECONDS = "ns"


def kind(arrow: Any) -> str:  # noqa: ANN401 - pyarrow has no types
    """`text`, `integer`, `float`, `bool`, `datetime` or `list`; other types by a name of their own."""
    import pyarrow.types as pt

    if pt.is_dictionary(arrow):
        return kind(arrow.value_type)
    if pt.is_run_end_encoded(arrow):
        return kind(arrow.value_type)
    named: list[tuple[str, tuple[Callable[[Any], bool], ...]]] = [
        ("text", (pt.is_string, pt.is_large_string, pt.is_string_view, pt.is_time, pt.is_duration, pt.is_interval)),
        ("integer", (pt.is_integer,)),
        ("float", (pt.is_floating,)),
        ("bool", (pt.is_boolean,)),
        ("datetime", (pt.is_timestamp, pt.is_date)),
        ("list", (pt.is_list, pt.is_large_list, pt.is_fixed_size_list, pt.is_list_view, pt.is_large_list_view)),
        ("binary", (pt.is_binary, pt.is_large_binary, pt.is_fixed_size_binary, pt.is_binary_view)),
        ("null", (pt.is_null,)),
    ]
    if pt.is_decimal(arrow):
        return "float" if arrow.scale > 0 else "integer"
    return next((name for name, tests in named if any(test(arrow) for test in tests)), str(arrow))


@dataclass(frozen=True, slots=True)
class Cells:
    """A column's cells: their values, and by their places what is wrong with those that have none."""

    values: list[Any]
    wrong: Mapping[int, CellError] = field(default_factory=dict)


def cells_of(column: Any) -> Cells:  # noqa: ANN401 - pyarrow has no types
    """The cells of an Arrow array."""
    import pyarrow as pa
    import pyarrow.types as pt

    arrow = column.type
    if pt.is_dictionary(arrow):
        return _of_dictionary(column)
    if (pt.is_timestamp(arrow) or pt.is_duration(arrow)) and arrow.unit == _NANOSECONDS:
        # Python's own clock has microseconds; pyarrow would give pandas' type.
        unit = pa.timestamp("us", arrow.tz) if pt.is_timestamp(arrow) else pa.duration("us")
        column = column.cast(unit, safe=False)
    if (pt.is_integer(arrow) or pt.is_boolean(arrow)) and not column.null_count:
        return Cells(column.to_numpy(zero_copy_only=False).tolist())
    if pt.is_float32(arrow) or pt.is_float64(arrow):
        return Cells([None if cell != cell else cell for cell in column.to_numpy(zero_copy_only=False).tolist()])
    if (pt.is_string(arrow) or pt.is_large_string(arrow)) and _is_plain(column):
        try:
            return Cells(list(column.to_numpy(zero_copy_only=False)))
        except (UnicodeDecodeError, pa.ArrowException):
            pass  # the cells one by one tell which it was
    found = [_value(cell) for cell in column]
    return Cells(found, {at: cell for at, cell in enumerate(found) if isinstance(cell, CellError)})


def _of_dictionary(column: Any) -> Cells:  # noqa: ANN401
    of = cells_of(column.dictionary)
    places = column.indices.to_pylist()
    wrong = {at: of.wrong[place] for at, place in enumerate(places) if place in of.wrong} if of.wrong else {}
    return Cells([None if place is None else of.values[place] for place in places], wrong)


def _is_plain(column: Any) -> bool:  # noqa: ANN401
    """Whether no text is too long or has a NUL, in which the values would have to be looked at."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(column)).as_py() or 0
    return longest <= MAX_FIELD and not pc.any(pc.match_substring(column, "\0")).as_py()


def _value(cell: Any) -> Any:  # noqa: ANN401
    try:
        return _plain(cell.as_py())
    except CellError as error:
        return error
    except UnicodeDecodeError:
        return CellError("bad-encoding", "is not UTF-8")
    except (ValueError, OverflowError, ArithmeticError, LookupError, TypeError) as error:
        return CellError("bad-value", f"is no value that can be kept ({error})")


def _plain(value: Any) -> Raw:  # noqa: ANN401
    if value is None or isinstance(value, bool | int | bytes | datetime.date):
        return value
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, decimal.Decimal):
        return _number(value)
    if isinstance(value, dict):
        return {checked_text(str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return checked_text(str(value))


def _number(value: decimal.Decimal) -> int | float | str | None:
    if value.is_nan():
        return None
    if value.as_tuple().exponent == 0:
        return int(value)
    number = float(value)
    return number if decimal.Decimal(repr(number)) == value else str(value)
