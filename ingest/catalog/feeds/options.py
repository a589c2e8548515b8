"""What variants of a product differ in: options and attributes, whose names are cells of the table."""

from __future__ import annotations

from .rows import Raw
from .values import COLOURS, GENDERS, MATERIALS, SIZES, one_or_all

NAMED = {"colour": COLOURS, "size": SIZES, "gender": GENDERS, "material": MATERIALS, "brand": frozenset({"brand"})}
"""Our columns for options that many shops have, and what they call them."""

OPTIONS = "options"
"""Our column for all others."""

DERIVED = dict.fromkeys(NAMED, "the option of that name") | {OPTIONS: "other options"}


class Options:
    """Values of a product's options, each once and in order."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {}

    def add(self, name: str, *values: str) -> None:
        """Take values of an option; one without a name or a value is none."""
        for value in values:
            if name and value:
                self._values.setdefault(name, {})[value] = None

    def fill(self, fields: dict[str, Raw]) -> None:
        """Write them into a product's fields, beside those that are there; one value as text, several as a list."""
        others = []
        for name, values in self._values.items():
            ours = next((ours for ours, names in NAMED.items() if name.lower() in names), None)
            if ours is None:
                others += [f"{name}: {value}" for value in values]
            else:
                fields.setdefault(ours, one_or_all(list(values)))
        if others:
            fields.setdefault(OPTIONS, list(others))
