"""The elements of a JSON array, one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import CatalogError
from .lines import text_chunks

_BLANK = re.compile(r"[ \t\n]*")


def elements(path: Path, encoding: str, longest: int) -> Iterator[Any]:
    """Every element, with about one element of `longest` characters in memory at most.

    Raises:
        CatalogError: no array, or damaged.
    """
    text = _Text(path, encoding, longest)
    if text.sign() != "[":
        raise CatalogError(f"{path} is no JSON array; a .json table is an array of objects.")
    text.at += 1
    if text.sign() == "]":
        return
    count = 0
    while True:
        yield text.value(count)
        count += 1
        sign = text.sign()
        text.at += 1
        if sign == "]":
            return
        if sign != ",":
            raise CatalogError(f"{path} is damaged after element {count}: a comma is missing, or the end.")


class _Text:
    """The part of a file that was read and not yet used; `at` is the place to go on from."""

    def __init__(self, path: Path, encoding: str, longest: int) -> None:
        self.at = 0
        self._path = path
        self._longest = longest
        self._text = ""
        self._chunks = text_chunks(path, encoding)
        self._decoder = json.JSONDecoder()

    def sign(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self.at = _BLANK.match(self._text, self.at).end()  # type: ignore[union-attr] # matches anything
            if self.at < len(self._text):
                return self._text[self.at]
            if not self._more(1):
                return ""

    def value(self, count: int) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The element that follows `count` others."""
        self.sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self.at)
            except (ValueError, RecursionError) as error:
                # It may only be that its end was not read yet.
                size = len(self._text) - self.at
                if size <= self._longest and self._more(max(1, size)):
                    continue
                raise CatalogError(f"{self._path} is damaged after element {count} ({error}).") from error
            if end < len(self._text):
                self.at = end
                return value
            # Of a number there may be more.
            if not self._more(1):
                self.at = len(self._text)
                return value

    def _more(self, size: int) -> bool:
        """Read at least `size` characters more, or up to the end; whether there were any."""
        parts = [self._text[self.at :]]
        while size > 0 and (chunk := next(self._chunks, None)):
            parts.append(chunk)
            size -= len(chunk)
        self._text, self.at = "".join(parts), 0
        return len(parts) > 1
