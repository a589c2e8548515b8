"""Text of command-line options as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from likewise.ingest.errors import ParameterError

if TYPE_CHECKING:
    from likewise.ingest.catalog import ColumnType

LAYOUT = ("shards", "replication_factor", "write_consistency", "on_disk", "quantization")


def used_layout(settings: dict[str, Any]) -> dict[str, Any]:
    """The layout options that were used, taken out of a command's settings."""
    taken = {name: settings.pop(name) for name in LAYOUT}
    return {name: value for name, value in taken.items() if value is not None}


def parse_clusters(text: str) -> int | str:
    """A number of clusters, or `auto`.

    Raises:
        ParameterError: neither.
    """
    if text == "auto" or (text.isdigit() and int(text) > 0):
        return text if text == "auto" else int(text)
    raise ParameterError(f"--clusters takes a positive number or `auto`; received {text!r}.")


def parse_only(options: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`COLUMN=VALUE` options as pairs; a single empty one is no restriction.

    Raises:
        ParameterError: one without a column or `=`.
    """
    pairs = []
    for each in [] if list(options) == [""] else options:
        column, equals, value = each.partition("=")
        if not equals or not column:
            raise ParameterError(f"--only {each!r} is not COLUMN=VALUE; for example masterCategory=Apparel.")
        pairs.append((column, value))
    return tuple(pairs)


def parse_names(option: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, separated by commas, the option given any number of times; a single empty one is none.

    Raises:
        ParameterError: no name.
    """
    names = tuple(name.strip() for text in texts for name in text.split(",") if name.strip())
    if not names and list(texts) != [""]:
        raise ParameterError(f"{option} received {texts[0]!r}; it takes names of columns, such as brand,category.")
    return names


def parse_types(options: Sequence[str]) -> tuple[tuple[str, ColumnType], ...]:
    """`COLUMN:TYPE` options as pairs; a single empty one is none.

    Raises:
        ParameterError: one without a column, or of an unknown type.
    """
    from likewise.ingest.catalog import TYPES

    words: dict[str, ColumnType] = {**{each: each for each in TYPES}, "number": "float", "date": "datetime"}
    pairs = []
    for each in [] if list(options) == [""] else options:
        column, _, word = each.rpartition(":")
        if not column or word not in words:
            raise ParameterError(f"--column {each!r} is not COLUMN:TYPE with one of {', '.join(words)}.")
        pairs.append((column, words[word]))
    return tuple(pairs)


def parse_reading(settings: dict[str, Any]) -> dict[str, Any]:
    """The options that say how a catalog is read, taken out of a command's settings; those that were used.

    Raises:
        ParameterError: an impossible one.
    """
    names = {
        "drop": "--drop",
        "keep_columns": "--keep-columns",
        "filterable": "--filterable",
        "image_columns": "--image-column",
    }
    lists = {name: settings.pop(name) for name in names}
    if isinstance(settings.get("keep"), tuple):
        lists["keep_columns"] += settings.pop("keep")
    lists["nulls"] = settings.pop("nulls")
    only, types, maps = (settings.pop(name) for name in ("only", "columns", "maps"))
    for name in ("image_roots", "image_hosts"):
        if given := settings.pop(name):
            lists[name] = tuple(each for each in given if each)
    attributes = settings.pop("attributes")
    plain = {name: settings.pop(name) for name in ("id_column", "delimiter", "encoding", "sheet", "allow_private")}
    plain["category"] = settings.pop("category")
    used: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    used |= {name: parse_names(option, lists[name]) for name, option in names.items() if lists[name]}
    if "keep_columns" in used:
        used["keep"] = used.pop("keep_columns")
    if lists["nulls"]:
        used["nulls"] = tuple(word for word in lists["nulls"] if word)
    used |= {name: lists[name] for name in ("image_roots", "image_hosts") if name in lists}
    if maps:
        used["maps"] = tuple(parse_pairs("--map", [each for each in maps if each]).items())
    if only:
        used["only"] = parse_only(only)
    if types:
        used["types"] = parse_types(types)
    if attributes is not None:
        used["attributes"] = parse_names("--attributes", [attributes])
    return used


def parse_pairs(option: str, pairs: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping; the values get their types when the recipe is made.

    Raises:
        ParameterError: one without a name or `=`.
    """
    parsed = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"{option} {pair!r} is not NAME=VALUE; for example perplexity=50.")
        parsed[name.strip()] = value.strip()
    return parsed


def parse_numbers(sizes: str, example: str, option: str = "--sizes") -> list[int]:
    """The numbers of an option, by default `--sizes`.

    Raises:
        ParameterError: it is something else.
    """
    try:
        return [int(size) for size in sizes.split(",")]
    except ValueError:
        raise ParameterError(f"{option} takes numbers such as {example}; received {sizes!r}.") from None
