"""Hits as JSON, and products in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from likewise.ingest.catalog import Schema
from likewise.ingest.index import Hit

from ..hits import Hits


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
            **({"rule": hit.rule} if hit.rule else {}),
            **({"dropped": list(hit.dropped)} if hit.dropped else {}),
            "payload": hit.payload,
        }
        for hit in hits
    ]


def answer_as_json(hits: Hits) -> dict[str, Any]:
    """An answer as machines get it: its hits, where the next page begins, and what else there is to say about it."""
    answer: dict[str, Any] = {"hits": hits_as_json(hits), "next": hits.next}
    if hits.rules:
        answer["rules"] = list(hits.rules)
    if hits.fallback:
        answer["fallback"] = {"dropped": list(hits.fallback)}
    if hits.short is not None:
        without = [
            {"condition": each.condition, "where": list(each.where), "count": each.count} for each in hits.short.without
        ]
        answer["short"] = {"asked": hits.short.asked, "found": hits.short.found, "without": without}
    return answer
