"""What a visitor can choose from: values with their counts, or ranges of numbers and dates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from ...filtering.facets import BINS, has_order
from ...filtering.filters import Where
from ...showing.rendering import label
from ..json_response import json_response
from ..openapi import parts
from ..openapi.parameters import COLUMN, FACET_BINS, FACET_LIMIT, PART_OF_VALUE, WHERE
from ..parameters import Parameters
from ..service import Service
from ..shown import Shown

VALUES = 10
MOST_VALUES = 1000
MOST_BINS = 100


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["products"])

    @routes.get(
        "/v1/facets/{column:path}",
        summary="Products by the values of a column",
        openapi_extra={"parameters": [COLUMN, WHERE, FACET_LIMIT, PART_OF_VALUE, FACET_BINS]},
        responses=parts.responses(parts.FACETS, 400, 404),
    )
    async def facets(request: Request) -> Response:
        given = Parameters(request, "where", "limit", "q", "bins")
        column, where = request.path_params["column"], given.where()
        limit, bins = given.number("limit", VALUES, 1, MOST_VALUES), given.number("bins", BINS, 1, MOST_BINS)
        part = given.text("q").casefold()

        def search(shown: Shown) -> dict[str, Any]:
            shown.column(column)
            if has_order(column, shown.schema):
                return _ranges(shown, column, where, bins)
            return _values(shown, column, where, limit, part)

        return json_response(await service.ask(request, search))

    return routes


def _values(shown: Shown, column: str, where: Where | None, limit: int, part: str) -> dict[str, Any]:
    found = shown.client.facets(column, shown.where(where))
    chosen = [(value, count) for value, count in found.items() if part in label(value).casefold()]
    values = [{"value": value, "count": count} for value, count in chosen[:limit]]
    kind = shown.schema.type_of(column)
    return {"version": shown.version, "column": column, "type": kind, "values": values, "total": len(chosen)}


def _ranges(shown: Shown, column: str, where: Where | None, bins: int) -> dict[str, Any]:
    found = shown.client.histogram(column, shown.where(where), bins=bins)
    kind = shown.schema.type_of(column)
    return {"version": shown.version, "column": column, "type": kind, "bins": [asdict(each) for each in found]}
