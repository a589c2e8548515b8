"""Bodies and answers in the words of OpenAPI, with examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

IMAGE_TYPES = ("image/webp", "image/jpeg")

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
PAYLOAD: Schema = {"type": "object", "description": "What the index keeps of a product.", "additionalProperties": True}


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


_HIT = _object(
    {"id": TEXT, "score": {**NUMBER, "description": "Cosine similarity."}, "payload": PAYLOAD},
    image={**TEXT, "description": "The picture that matched, where the product has several."},
    rule={**TEXT, "description": "The merchandiser's rule that put it where it is."},
    dropped={**_list(TEXT), "description": "Conditions that it does not meet."},
)

_WITHOUT = _object({"condition": TEXT, "where": _list(TEXT), "count": COUNT})

_SHORT = _object({"asked": COUNT, "found": COUNT, "without": _list(_WITHOUT)})

ANSWER: Schema = {
    **_object(
        {
            "version": TEXT,
            "hits": _list(_HIT),
            "next": {**_or_null(COUNT), "description": "`offset` of the next page."},
        },
        rules=_list(_object({"name": TEXT, "action": TEXT})),
        short={**_SHORT, "description": "Why there are fewer hits than were asked for."},
        fallback=_object({"dropped": _list(TEXT)}),
        picture={**TEXT, "description": "By this sha256 the picture can be asked with again."},
    ),
    "example": {
        "version": "v000003",
        "hits": [{"id": "39386", "score": 0.947213, "payload": {"id": "39386", "gender": "Men", "baseColour": "Blue"}}],
        "next": 6,
    },
}

DESCRIPTION = _object(
    {
        "version": TEXT,
        "picture": TEXT,
        "description": {
            "type": "object",
            "description": "Column to its most probable values with their probabilities.",
            "additionalProperties": _list(_list({})),
        },
    }
)

PRODUCTS = _object(
    {
        "version": TEXT,
        "products": _list(_object({"id": TEXT, "payload": PAYLOAD})),
        "next": _or_null(TEXT),
        "total": COUNT,
    }
)

FACETS = _object(
    {"version": TEXT, "column": TEXT, "type": TEXT},
    values=_list(_object({"value": {}, "count": COUNT})),
    bins=_list(_object({"low": {}, "high": {}, "count": COUNT})),
    total=COUNT,
)

MAP = _object(
    {
        "version": TEXT,
        "method": TEXT,
        "count": COUNT,
        "ids": _list(TEXT),
        "x": {**TEXT, "description": "Base64 of 16-bit numbers, little-endian, from 0 to 65535."},
        "y": TEXT,
        "colour": _object({"column": TEXT, "values": _list(TEXT), "codes": TEXT}),
    }
)

SCHEMA = _object(
    {
        "version": TEXT,
        "created_at": TEXT,
        "name": TEXT,
        "products": COUNT,
        "clusters": {"type": "object", "additionalProperties": COUNT},
        "columns": _list(
            _object({"name": TEXT, "type": TEXT, "filterable": {"type": "boolean"}, "roles": _list(TEXT)})
        ),
        "roles": {"type": "object", "additionalProperties": _list(TEXT)},
        "price": _or_null(TEXT),
        "capabilities": {"type": "object"},
        "options": _list(_object({"name": TEXT, "help": TEXT, "metavar": TEXT, "schema": {"type": "object"}})),
        "limits": _object({"bytes": COUNT, "pixels": COUNT, "types": _list(TEXT)}),
        "image_sizes": _list(COUNT),
    }
)

HEALTH = _object({"status": {"const": "ok"}})
READY = _object({"status": {"const": "ready"}}, version=TEXT, products=COUNT)

ERROR = _object({"error": TEXT, "type": TEXT})

PICTURE = {
    "name": "picture",
    "in": "query",
    "required": True,
    "description": "The sha256 of a picture that was sent before, as an answer gave it.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}

_FILE = {"type": "string", "format": "binary"}

PICTURE_BODY = {
    "required": True,
    "description": "The image file itself, a form with it, or its address on a host that the catalog allows.",
    "content": {
        **{kind: {"schema": _FILE} for kind in ("image/jpeg", "image/png", "image/webp")},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"image": _FILE}, "required": ["image"]},
        },
        "application/json": {
            "schema": {**_object({"url": {**TEXT, "format": "uri"}}), "additionalProperties": False},
            "example": {"url": "https://images.shop.example/15970.jpg"},
        },
    },
}

_MEANINGS = {
    400: "An unknown parameter, or an impossible value.",
    401: "The request does not bear the token of this service.",
    403: "The picture's address is not one that may be asked.",
    404: "There is no such product, column or picture.",
    408: "The body did not arrive in time.",
    409: "The index needs an encoder or a model that cannot be reproduced here.",
    413: "The body is too large.",
    422: "There is no picture that can be read.",
    503: "The store is away, or too many requests are being answered: try again after `Retry-After` seconds.",
}


def responses(answer: Schema | None, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answer, and the errors that may come instead."""
    found: dict[int | str, dict[str, Any]] = {status: _error(status) for status in sorted({*statuses, 503})}
    if answer is not None:
        found[200] = {"description": "The answer.", "content": {"application/json": {"schema": answer}}}
    return found


def _error(status: int) -> dict[str, Any]:
    headers = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}} if status == 503 else {}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": _MEANINGS[status], "content": content, **({"headers": headers} if headers else {})}
