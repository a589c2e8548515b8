"""Values as the texts that a reducer learns, and back."""

from __future__ import annotations

import json

from .schema import ColumnType
from .values import BadValueError, Value, as_text, parse


def learned_text(value: Value) -> str:
    """A value as one of the words of a vocabulary; lists with the same members are the same word."""
    return json.dumps(sorted(value), ensure_ascii=False) if isinstance(value, tuple) else as_text(value)


def learned_value(text: str, kind: ColumnType) -> Value:
    """Take `learned_text()` back as a value of its column's type.

    Raises:
        BadValueError: the column has had another type when it was learned.
    """
    if kind == "text":
        return text
    found = parse(text, kind)
    if found is None:
        raise BadValueError(f"{text!r} holds nothing")
    return found
