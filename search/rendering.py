"""Hits as JSON, and products in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from likewise.ingest.catalog import Schema
from likewise.ingest.index import Hit


@dataclass(frozen=True, slots=True)
class Caption:
    """What people are shown of a product.

    Attributes:
        title: its name; empty where the catalog has none.
        facts: what kind of product it is.
    """

    title: str
    facts: str

    @classmethod
    def of(cls, payload: Mapping[str, Any], schema: Schema) -> Self:
        """From a payload's values in the columns with the roles `title` and `caption`."""
        title, facts = (
            " · ".join(label(payload[name]) for name in schema.role(role) if payload.get(name) not in (None, "", []))
            for role in ("title", "caption")
        )
        return cls(title, facts)


def label(value: Any) -> str:  # noqa: ANN401 - whatever a payload holds
    """A value as people and filters write it: `true`, `19.9`, the members of a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(label, value)) if isinstance(value, list | tuple) else str(value)


def one_line(text: str) -> str:
    """A text without line breaks and other marks that would move a terminal's cursor."""
    return " ".join("".join(each if each.isprintable() or each.isspace() else "\ufffd" for each in text).split())


def hits_as_json(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """Hits as the command line and HTTP give them to machines."""
    return [
        {
            "id": hit.id,
            "score": round(hit.score, 6),
            **({} if hit.image is None else {"image": hit.image}),
            "payload": hit.payload,
        }
        for hit in hits
    ]
