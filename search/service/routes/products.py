"""Products by their ids, page by page, and some of each kind for a page to begin with."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from typing import Any

from fastapi import APIRouter, Request, Response

from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Record
from likewise.ingest.index.filters import Filter, OneOf, both

from ...filtering.filters import Where, parse_where
from ..json_response import json_response
from ..openapi import parts
from ..openapi.parameters import AFTER, LIMIT, VARIED, WHERE, product_id
from ..parameters import Parameters
from ..service import Service
from ..shown import Shown

MOST = 100


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["products"])

    @routes.get(
        "/v1/products",
        summary="Products, page by page",
        openapi_extra={"parameters": [WHERE, LIMIT, AFTER, VARIED]},
        responses=parts.responses(parts.PRODUCTS, 400, 404),
    )
    async def products(request: Request) -> Response:
        given = Parameters(request, "where", "limit", "after", "varied")
        limit, where = given.number("limit", 20, 1, MOST), given.where()
        varied = given.one_of("varied", ("true", "false"), "false") == "true"
        after = _position(given.text("after")) if given.has("after") else 0

        def search(shown: Shown) -> dict[str, Any]:
            return _varied(shown, where, limit) if varied else _page(shown, where, limit, after)

        return json_response(await service.ask(request, search))

    @routes.get(
        "/v1/products/{id:path}",
        summary="A product",
        openapi_extra={"parameters": [product_id("15970")]},
        responses=parts.responses(parts.PAYLOAD, 400, 404),
    )
    async def product(request: Request) -> Response:
        Parameters(request)
        name = request.path_params["id"]
        found = await service.ask(
            request, lambda shown: shown.payload(shown.client.get(name)), direct=service.settings.direct
        )
        return json_response(found)

    return routes


def _page(shown: Shown, where: Where | None, limit: int, after: int) -> dict[str, Any]:
    checked = shown.where(where)
    total = shown.client.count(checked)
    if after >= total:
        return _products(shown, [], None, total)
    # One more than is shown says whether there is another page.
    found = list(islice(shown.client.scroll(checked, batch=min(after + limit + 1, 1000)), after, after + limit + 1))
    following = _cursor(after + limit) if len(found) > limit else None
    return _products(shown, found[:limit], following, total)


def _varied(shown: Shown, where: Where | None, limit: int) -> dict[str, Any]:
    """Products of each cluster in turn, those of the largest first."""
    manifest = shown.client.manifest
    checked = parse_where(shown.where(where), manifest.schema)
    clusters = sorted(manifest.clusters, key=lambda name: (-manifest.clusters[name], name))
    rows = [islice(_of_cluster(shown, checked, name, limit), limit) for name in clusters]
    found = {each.id: each for each in chain.from_iterable(zip_longest(*rows)) if each is not None}
    return _products(shown, list(islice(found.values(), limit)), None, shown.client.count(checked))


def _of_cluster(shown: Shown, where: Filter, cluster: str, batch: int) -> Iterator[Record]:
    return shown.client.scroll(both(where, OneOf(shown.client.payloads.cluster, (cluster,))), batch=batch)


def _products(shown: Shown, records: list[Record], following: str | None, total: int) -> dict[str, Any]:
    products = [{"id": each.id, "payload": shown.payload(each.payload)} for each in records]
    return {"version": shown.version, "products": products, "next": following, "total": total}


def _cursor(position: int) -> str:
    """Where a page begins, in a form that says nothing to those who get it."""
    return base64.urlsafe_b64encode(position.to_bytes(6, "big")).decode()


def _position(cursor: str) -> int:
    try:
        found = base64.b64decode(cursor, b"-_", validate=True)
    except ValueError:
        found = b""
    if len(found) != 6:
        raise ParameterError(f"after is the `next` of another page; received {cursor[:40]!r}.")
    return int.from_bytes(found, "big")
