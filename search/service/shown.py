"""What visitors may see of one version: the hidden columns, and a client that knows the standing filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.filters import OneOf, keys, leaves

from ..asking.options import SearchOptions
from ..filtering.conditions import check_key
from ..filtering.filters import Where, conditions
from ..hits import Hits
from ..showing.rendering import answer_as_json
from .client import ServedClient
from .recent import Recent
from .settings import Settings

MOST_CONDITIONS = 32
MOST_VALUES = 1000


class Shown:
    """One version as visitors may see it.

    Args:
        client: of the version; the products that it keeps to itself do not exist for visitors.
        settings: which payload keys are hidden, and how many bytes of answers are kept.

    Attributes:
        version: its name.
        schema: what visitors know of the columns.
        hidden: payload keys that are kept from them.
        answers: of searches by id, by the id and the options as they were written.
    """

    def __init__(self, client: ServedClient, settings: Settings) -> None:
        self.client = client
        self.hidden = hidden = frozenset(settings.hide)
        self.answers: Recent[tuple[str, bytes]] = Recent(settings.answers)
        self.version = client.manifest.version
        self.schema = _visible(client.manifest.schema, hidden) if hidden else client.manifest.schema

    @property
    def filterable(self) -> tuple[str, ...]:
        """Payload keys that a visitor's filter can name."""
        return tuple(key for key in self.client.manifest.schema.filterable if key not in self.hidden)

    def where(self, where: Where | None) -> Where | None:
        """A visitor's conditions, checked.

        Raises:
            ParameterError: they name what is hidden, in the words for what is not there, or they are too many: what a
                short answer tells of each of them is a count of its own.
        """
        if where is None:
            return None
        found = conditions(where, self.schema)
        values = sum(len(each.values) if isinstance(each, OneOf) else 1 for one in found for each in leaves(one.filter))
        if len(found) > MOST_CONDITIONS or values > MOST_VALUES:
            raise ParameterError(
                f"A search takes up to {MOST_CONDITIONS} conditions with {MOST_VALUES:,} values together; received "
                f"{len(found):,} with {values:,}. Values of one column count as one condition."
            )
        if self.hidden:
            for each in found:
                for key in keys(each.filter):
                    self.column(key)
        return where

    def column(self, name: str) -> str:
        """A payload key with an index that a visitor asks for by its name.

        Raises:
            ParameterError: there is none, as far as visitors know.
        """
        if name in self.hidden:
            raise ParameterError(f"There is no column {name!r}. Known: {', '.join(self.filterable)}.")
        # Against what is seen: the words for a misspelt name tell the others.
        check_key(name, self.schema)
        return name

    def options(self, options: SearchOptions) -> SearchOptions:
        """A visitor's options, checked.

        Raises:
            ParameterError: they name what is hidden.
        """
        self.where(options.where)
        if self.hidden:
            if options.group_by is not None:
                self.column(options.group_by)
            for boost in options.boosts:
                boost.check(self.schema)
        return options

    def payload(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """A product's payload without what is hidden."""
        if not self.hidden:
            return payload
        return {key: value for key, value in payload.items() if key not in self.hidden}

    def answer(self, hits: Hits) -> dict[str, Any]:
        """Hits as JSON values, with what there is to say about them."""
        answer = {"version": self.version, **answer_as_json(hits)}
        if hits.rules:
            answer["rules"] = [{"name": name, "action": self.client.action(name)} for name in hits.rules]
        if self.hidden:
            for hit in answer["hits"]:
                hit["payload"] = self.payload(hit["payload"])
                if self.client.payloads.image in self.hidden:
                    hit.pop("image", None)
        return answer


def _visible(schema: Schema, hidden: frozenset[str]) -> Schema:
    roles = {role: tuple(name for name in names if name not in hidden) for role, names in schema.roles.items()}
    return Schema(tuple(column for column in schema.columns if column.name not in hidden), roles)
