"""The whole description, for the index that is served: it names the columns that there are."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ..pictures.addresses import hosts_of
from ..service import Service
from ..shown import Shown
from .parts import ERROR, responses

Document = dict[str, Any]

_NUMBER = r"-?[0-9]{1,9}(\.[0-9]{1,6})?"
_DAY = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_RECTANGLE = r"^0(\.[0-4][0-9]?)?,0(\.[0-4][0-9]?)?,0\.[1-4][0-9]?,0\.[1-4][0-9]?$"
"""Of parts of a picture, some that lie inside it whatever they are put together of."""

_VALUES = {
    "text": "=[^|]*",
    "list": "=[^|]*",
    "bool": "=(true|false)",
    "integer": f"(=|<|<=|>|>=){_NUMBER}",
    "float": f"(=|<|<=|>|>=){_NUMBER}",
    "datetime": f"(=|<|<=|>|>=){_DAY}",
}
"""Type of a column to what may follow its name in a condition; other forms there are, such as `!=` and `||`."""

_TITLE = "Likewise"
_ABOUT = "Products that look alike. Conditions also take the forms KEY!=VALUE, KEY=LOW..HIGH and A=1 || B=2."


def describer(app: FastAPI, service: Service) -> Callable[[], Document]:
    """What gives the description of an application, worked out again for every version."""
    whole = _whole(app, service)
    made: list[tuple[str, Document]] = []

    def describe() -> Document:
        version = service.live.version
        if not made or made[0][0] != version:
            document = copy.deepcopy(whole)
            if version:
                with service.live.client() as client:
                    _fit(document, service.shown(client))
            made[:] = [(version, document)]
        return made[0][1]

    return describe


def _whole(app: FastAPI, service: Service) -> Document:
    document = get_openapi(
        title=_TITLE,
        version="1",
        description=_ABOUT,
        routes=app.routes,
        servers=[{"url": service.settings.prefix or "/"}],
    )
    document.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    if service.settings.token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        refused = responses(None, 401)[401]
        for path, operation in _operations(document):
            if path not in ("/healthz", "/readyz"):
                operation["security"] = [{"token": []}]
                operation["responses"]["401"] = refused
    return document


def _fit(document: Document, shown: Shown) -> None:
    """Say of parameters which values this version takes."""
    manifest = shown.client.manifest
    hosts = hosts_of(manifest).hosts
    if not manifest.capabilities.predicts:
        del document["paths"]["/v1/describe"]
    for _, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _fitting(parameter["name"], parameter["schema"], shown)
        operation["parameters"] = [each for each in operation.get("parameters", ()) if each["schema"] is not None]
        bodies = operation.get("requestBody", {}).get("content", {})
        properties = bodies.get("application/json", {}).get("schema", {}).get("properties", {})
        if "url" in properties and not hosts:
            del bodies["application/json"]
        for name in list(properties):
            properties[name] = _fitting(name, properties[name], shown)
            if properties[name] is None:
                del properties[name]


def _fitting(name: str, schema: Document, shown: Shown) -> Document | None:
    """A schema as it is for this version; None where it has nothing to choose from."""
    known = shown.client.manifest.capabilities
    columns = [each for each in shown.filterable if each in shown.schema.names]
    ordered = [each.name for each in shown.schema.columns if each.type not in ("text", "list")]
    match name:
        case "where":
            return {**schema, "items": {**schema["items"], "pattern": _conditions(shown)}}
        case "boost":
            item = {**schema["items"], "pattern": f"^-?({_any(ordered)})(:0\\.[1-9])?$", "example": _first(ordered)}
            return {**schema, "items": item} if ordered else None
        case "column":
            return {**schema, "enum": list(shown.filterable)}
        case "group_by":
            grouping = [each for each in columns if shown.schema.type_of(each) in ("text", "integer", "bool")]
            return {**schema, "enum": grouping} if grouping else None
        case "colour":
            return {**schema, "enum": ["cluster", *columns]}
        case "rectangle":
            return {**schema, "pattern": _RECTANGLE}
        case "prior":
            return None if known.prior is None else schema
        case "threshold" if known.threshold is None or known.prior is not None:
            # The calibrated one, where there is one, and a prior of one's own exclude each other.
            return next((each for each in schema.get("oneOf", ()) if "const" not in each), schema)
        case _:
            return schema


def _conditions(shown: Shown) -> str:
    kinds: dict[str, list[str]] = {}
    for name in shown.filterable:
        kinds.setdefault(_VALUES[shown.schema.type_of(name)], []).append(name)
    return "^(" + "|".join(f"({_any(names)}){values}" for values, names in kinds.items()) + ")$"


def _any(names: list[str]) -> str:
    return "|".join(map(re.escape, names))


def _first(names: list[str]) -> str:
    return names[0] if names else ""


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation
