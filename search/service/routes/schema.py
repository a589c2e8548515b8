"""What there is to ask: columns, options and limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import LikewiseError

from ...asking.options import SearchOptions, option_help, text_forms
from ..json_response import json_response
from ..openapi import parts
from ..parameters import Parameters
from ..pictures.addresses import hosts_of
from ..pictures.thumbnails import SIZES, can_read
from ..service import Service
from ..settings import Settings
from ..shown import Shown
from ..uploads import MAX_BODY

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff", "image/avif")

MAX_PIXELS = 160_000_000
"""Of a JPEG, which is decoded small; of most others it is fewer."""

_PRICES = ("price", "sale_price", "current_price", "preis", "prix", "precio")


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["products"])

    @routes.get("/v1/schema", summary="What there is to ask", responses=parts.responses(parts.SCHEMA, 400))
    async def schema(request: Request) -> Response:
        Parameters(request)
        return json_response(await service.ask(request, lambda shown: _schema(shown, service.settings)))

    return routes


def _schema(shown: Shown, settings: Settings) -> dict[str, Any]:
    manifest, columns, filterable = shown.client.manifest, shown.schema, set(shown.filterable)
    roles = {role: list(names) for role, names in columns.roles.items()}
    return {
        "version": shown.version,
        "created_at": manifest.created_at,
        "name": settings.name or "Likewise",
        "products": shown.client.count(),
        "clusters": dict(shown.client.facets(shown.client.payloads.cluster)),
        "columns": [
            {
                "name": each.name,
                "type": each.type,
                "filterable": each.name in filterable,
                "roles": [role for role, names in roles.items() if each.name in names],
            }
            for each in columns.columns
        ],
        "roles": roles,
        "price": _price(columns),
        "capabilities": _capabilities(shown, settings),
        "options": list(_options()),
        "limits": {"bytes": MAX_BODY, "pixels": MAX_PIXELS, "types": list(TYPES)},
        "image_sizes": list(SIZES),
    }


def _price(schema: Schema) -> str | None:
    """The column that tells what a product costs."""
    numbers = {each.name.lower(): each.name for each in schema.columns if each.type in ("integer", "float")}
    return next((numbers[name] for name in _PRICES if name in numbers), None)


def _capabilities(shown: Shown, settings: Settings) -> dict[str, Any]:
    manifest = shown.client.manifest
    known = manifest.capabilities
    return {
        "describe": bool(known.predicts),
        "prior": known.prior,
        "threshold": known.threshold,
        "pictures": _sees(shown),
        "addresses": list(hosts_of(manifest).hosts),
        "map": True,
        "images": shown.client.payloads.image not in shown.hidden and _has_pictures(shown, settings.catalog),
    }


def _sees(shown: Shown) -> bool:
    try:
        shown.client.encoder()
    except LikewiseError:
        return False
    return True


def _has_pictures(shown: Shown, catalog: Path | None) -> bool:
    manifest = shown.client.manifest
    folder = catalog or (Path(manifest.catalog) if manifest.catalog else None)
    if folder is not None and folder.is_dir():
        return True
    first = next(shown.client.scroll(batch=1), None)
    refs = [] if first is None else shown.client.payloads.images(first.payload)
    return any(can_read(ref, manifest, None) for ref in refs if "://" in ref)


def _options() -> Iterator[dict[str, Any]]:
    defaults = {each.name: each.default for each in dataclasses.fields(SearchOptions)}
    sentences = option_help()
    for name, form in text_forms().items():
        default = defaults[name]
        yield {
            "name": form.name,
            "help": sentences.get(name, ""),
            "metavar": form.metavar,
            "schema": dict(form.schema),
            "repeated": form.repeated,
            "default": None if default == () else default,
        }
