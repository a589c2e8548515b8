"""One cell of a table as a value of its column's type."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from .schema import ColumnType

Value = str | int | float | bool | tuple[str, ...]
"""What a payload holds; no value at all is no entry."""

MAX_INTEGER = 2**63 - 1

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_ROUNDED = re.compile(r"([+-]?\d+)\.0+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0\d", re.ASCII)
_BEYOND_MICROSECONDS = re.compile(r"(\.[0-9]{6})[0-9]+")
_TIME = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_SWITCHES = {**_FLAGS, "1": True, "0": False, "y": True, "n": False, "t": True, "f": False}
_SEPARATORS = ("|", ";", ",")


class BadValueError(ValueError):
    """A cell that its column's type cannot hold; the text says why, without the column's name."""


def parse(raw: Any, kind: ColumnType) -> Value | None:  # noqa: ANN401 - whatever a reader of tables gives
    """A cell in a type that was chosen for its column; None where it holds nothing.

    Raises:
        BadValueError: the type cannot hold it.
    """
    if is_missing(raw):
        return None
    found = _PARSERS[kind](raw)
    return None if found in ("", ()) else found


def is_missing(raw: Any) -> bool:  # noqa: ANN401
    """Whether a cell holds nothing: empty, not a number, an empty list."""
    return raw is None or raw == "" or (isinstance(raw, float) and math.isnan(raw)) or (_is_list(raw) and not len(raw))


def fits(raw: Any, kind: ColumnType) -> bool:  # noqa: ANN401
    """Whether a cell that nobody chose a type for is plainly of this type: a code such as 007 is no number."""
    if isinstance(raw, str):
        return _FITS[kind](raw)
    match kind:
        case "bool":
            return isinstance(raw, bool)
        case "integer":
            whole = isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())
            return whole and not isinstance(raw, bool) and abs(raw) <= MAX_INTEGER
        case "float":
            return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
        case "datetime":
            return isinstance(raw, date)
        case "list":
            return _is_list(raw)
        case "text":
            return True


def as_text(raw: Any) -> str:  # noqa: ANN401
    """A cell as text: whole numbers without a fraction, as a spreadsheet or pandas may have given them one.

    Raises:
        BadValueError: bytes that are no text.
    """
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, bytes):
        try:
            return raw.decode().strip()
        except UnicodeDecodeError as error:
            raise BadValueError(f"{_shown(raw)} is not UTF-8 ({error.reason})") from None
    if _is_list(raw) or isinstance(raw, Mapping):
        return json.dumps(raw, ensure_ascii=False, default=str)
    return raw.isoformat() if isinstance(raw, date) else str(raw)


def _integer(raw: Any) -> int:  # noqa: ANN401
    if isinstance(raw, str):
        rounded = _ROUNDED.fullmatch(raw)
        if not rounded and not _WHOLE.fullmatch(raw):
            raise BadValueError(f"{_shown(raw)} is no whole number")
        # Beyond the longest number, digits are not worth parsing.
        raw = int((rounded[1] if rounded else raw)[:400])
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw) or raw != int(raw):
        raise BadValueError(f"{_shown(raw)} is no whole number")
    if abs(int(raw)) > MAX_INTEGER:
        raise BadValueError(f"{_shown(raw)} has more than 64 bits")
    return int(raw)


def _float(raw: Any) -> float:  # noqa: ANN401
    if isinstance(raw, str):
        if not _NUMBER.fullmatch(raw):
            raise BadValueError(f"{_shown(raw)} is no number")
        raw = float(raw)
    try:
        found = math.nan if isinstance(raw, bool) else float(raw)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise BadValueError(f"{_shown(raw)} is no finite number")
    return rounded(found)


def rounded(number: float) -> float:
    """A number to 15 digits, which is what survives every store: an engine may read the last bit otherwise."""
    return float(f"{number:.15g}")


def _bool(raw: Any) -> bool:  # noqa: ANN401
    if isinstance(raw, bool):
        return raw
    found = _SWITCHES.get(as_text(raw).lower())
    if found is None:
        raise BadValueError(f"{_shown(raw)} is neither true nor false")
    return found


def _datetime(raw: Any) -> str:  # noqa: ANN401
    if isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        raise BadValueError(f"{_shown(raw)} is no date as 2026-01-31, nor a time as 2026-01-31T08:30:00")
    day, *time = re.split("[T ]", raw, maxsplit=1)
    year, month, of_month = (int(part) for part in re.split("[-/]", day))
    try:
        found = date(year, month, of_month).isoformat()
        return found if not time else datetime.fromisoformat(f"{found}T{_clock(time[0])}").isoformat()
    except ValueError as error:
        raise BadValueError(f"{_shown(raw)} is not in the calendar ({error})") from None


def _clock(text: str) -> str:
    hour, rest = text.replace(" ", "").split(":", 1)
    # Python has microseconds.
    rest = _BEYOND_MICROSECONDS.sub(r"\1", rest)
    return f"{int(hour):02d}:{rest}"


def _list(raw: Any) -> tuple[str, ...]:  # noqa: ANN401
    if isinstance(raw, str):
        members = _json_list(raw)
        if members is None:
            mark = next((mark for mark in _SEPARATORS if mark in raw), ",")
            members = raw.split(mark)
    elif _is_list(raw):
        members = list(raw)
    else:
        members = [raw]
    texts = (as_text(member).strip() for member in members if not is_missing(member))
    return tuple(dict.fromkeys(text for text in texts if text))


def _json_list(text: str) -> list[Any] | None:
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and not any(isinstance(each, list | dict) for each in found) else None


def _is_list(raw: Any) -> bool:  # noqa: ANN401
    return isinstance(raw, list | tuple)


def _shown(raw: Any) -> str:  # noqa: ANN401
    text = repr(raw)
    return text if len(text) <= 80 else f"{text[:77]}…"


_PARSERS: Mapping[ColumnType, Callable[[Any], Value]] = {
    "text": as_text,
    "integer": _integer,
    "float": _float,
    "bool": _bool,
    "datetime": _datetime,
    "list": _list,
}


def _parses(raw: str, kind: ColumnType) -> bool:
    try:
        return parse(raw, kind) is not None
    except BadValueError:
        return False


_FITS: Mapping[ColumnType, Callable[[str], bool]] = {
    "text": lambda _: True,
    "bool": lambda raw: raw.lower() in _FLAGS,
    "integer": lambda raw: not _LEADING_ZERO.match(raw) and not raw.startswith("+") and _parses(raw, "integer"),
    "float": lambda raw: not _LEADING_ZERO.match(raw) and not raw.startswith("+") and _parses(raw, "float"),
    "datetime": lambda raw: _parses(raw, "datetime"),
    "list": lambda raw: _json_list(raw) is not None,
}
