"""Parameters in addresses, read as strictly as the options of a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.requests import Request

from likewise.ingest.errors import ParameterError

from ..asking.options import SearchOptions
from ..filtering.filters import Where
from ..filtering.text_filters import parse_where_options

_SHORT = 500
"""Bytes of a query that is remembered: visitors choose the same filters."""


def search_options(request: Request) -> SearchOptions:
    """The options of a search in an address.

    Raises:
        ParameterError: an impossible value, or an unknown name.
    """
    query: bytes = request.scope["query_string"]
    return _remembered(query) if len(query) <= _SHORT else _options(query)


def _options(query: bytes) -> SearchOptions:
    return SearchOptions.from_texts(_pairs(query))


_remembered = lru_cache(2048)(_options)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise ParameterError("An address has at most 1,000 parameters.") from None


def split(request: Request, own: str) -> tuple[str | None, SearchOptions]:
    """One parameter that is no option of a search, if it is there, and the options."""
    pairs = _pairs(request.scope["query_string"])
    given = [text for name, text in pairs if name == own]
    return given[-1] if given else None, SearchOptions.from_texts(pair for pair in pairs if pair[0] != own)


class Parameters:
    """The parameters of an address that is no search.

    Args:
        request: with the address.
        known: names that it may have.

    Raises:
        ParameterError: it has another one, which would else be ignored without a word.
    """

    def __init__(self, request: Request, *known: str) -> None:
        self._texts: dict[str, list[str]] = {}
        for name, text in _pairs(request.scope["query_string"]):
            if name not in known:
                raise ParameterError(f"Unknown parameter {name[:40]!r}. Known: {', '.join(known) or 'none'}.")
            self._texts.setdefault(name, []).append(text)

    def text(self, name: str, default: str = "") -> str:
        """A text as it is; the last one that was given."""
        return self._texts.get(name, [default])[-1]

    def has(self, name: str) -> bool:
        """Whether it was given."""
        return name in self._texts

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number.

        Raises:
            ParameterError: it is none, or out of its bounds.
        """
        text = self.text(name, str(default))
        # Python itself reads more than that: spaces, underscores, digits of all scripts.
        plain = text.isascii() and text.isdigit() and len(text) < 10
        if not plain or not low <= int(text) <= high:
            raise ParameterError(f"{name} must be a whole number from {low:,} to {high:,}; received {text[:40]!r}.")
        return int(text)

    def one_of(self, name: str, known: Sequence[str], default: str) -> str:
        """One of several words.

        Raises:
            ParameterError: it is another one.
        """
        text = self.text(name, default)
        if text not in known:
            raise ParameterError(f"{name} must be one of {', '.join(known)}; received {text[:40]!r}.")
        return text

    def where(self) -> Where | None:
        """The conditions under `where`."""
        return conditions(self._texts.get("where", ()))


def conditions(texts: Iterable[str]) -> Where | None:
    """Conditions from their texts; None where there are none.

    Raises:
        ParameterError: one of them is none.
    """
    given = list(texts)
    return parse_where_options(given) if given else None
