"""How options of a search are written at a shell and in an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from likewise.ingest.errors import ParameterError


@dataclass(frozen=True, slots=True)
class TextForm:
    """How an option is written on the command line (`--NAME VALUE`) and in an address (`NAME=VALUE`).

    Attributes:
        name: what it is called there.
        metavar: what a value looks like; empty for an option that is on or off.
        parse: makes the option's value of its name and the texts that were written, at least one.
        repeated: whether several texts count; else the last one does.
        schema: of one value, in the words of JSON Schema.
    """

    name: str
    metavar: str
    parse: Callable[[str, Sequence[str]], Any]
    repeated: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


def written(*form: Any, **more: Any) -> dict[str, TextForm]:  # noqa: ANN401 - as TextForm
    """The metadata of an option's field."""
    return {"text": TextForm(*form, **more)}


def parser(convert: Callable[[str], Any], kind: str, word: str = "") -> Callable[[str, Sequence[str]], Any]:
    """Reads the last text by `convert`, or leaves it if it is the `word`."""

    def parse(name: str, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a number, a truth value, or the word
        text = texts[-1]
        if word and text == word:
            return text
        try:
            return convert(text)
        except (ValueError, KeyError):
            wanted = f"{kind} or `{word}`" if word else kind
            raise ParameterError(f"{name} must be {wanted}; received {text[:40]!r}.") from None

    return parse


def last(_: str, texts: Sequence[str]) -> str:
    """The last text as it is."""
    return texts[-1]


def switch(name: str, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a truth value
    """On or off."""
    return parser({"true": True, "1": True, "false": False, "0": False}.__getitem__, "true or false")(name, texts)


SWITCH = {"type": "boolean"}


def number(low: float, high: float, *, whole: bool = False, above: bool = False) -> dict[str, Any]:
    """The schema of a number between two bounds."""
    least = "exclusiveMinimum" if above else "minimum"
    return {"type": "integer" if whole else "number", least: low, "maximum": high}
