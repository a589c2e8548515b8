"""Parameters of addresses, in the words of OpenAPI; those of searches are made of `SearchOptions`."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from ...asking.option_texts import TextForm
from ...asking.options import SearchOptions, option_help, text_forms

Parameter = dict[str, Any]


def _option(name: str, form: TextForm) -> Parameter:
    default = {each.name: each.default for each in dataclasses.fields(SearchOptions)}[name]
    schema: dict[str, Any] = dict(form.schema)
    if form.repeated:
        schema = {"type": "array", "items": schema}
    if default not in (None, (), False):
        schema["default"] = default
    sentence = option_help().get(name, "")
    return _query(form.name, f"{sentence[:1].upper()}{sentence[1:]}", schema)


def _query(name: str, description: str, schema: Mapping[str, Any], **more: Any) -> Parameter:  # noqa: ANN401 - JSON
    return {"name": name, "in": "query", "description": description, "schema": dict(schema), **more}


def product_id(example: str) -> Parameter:
    """The id of a product in a path."""
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The catalog's own id, percent-encoded; it may hold slashes.",
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def _options_but(names: Collection[str]) -> list[Parameter]:
    return [_option(name, form) for name, form in text_forms().items() if form.name not in names]


OF_A_PRODUCT = _options_but({"strategy"})
OF_A_PICTURE = _options_but({"strategy", "include_self"})

WHERE = next(each for each in OF_A_PRODUCT if each["name"] == "where")

LIMIT = _query("limit", "Products of a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20})
AFTER = _query("after", "The `next` of the page before.", {"type": "string", "pattern": "^AAAAAA[A-D][A-Za-z0-9_-]$"})
VARIED = _query(
    "varied",
    "One product of each cluster in turn, for a page to begin with, instead of a page.",
    {"type": "boolean", "default": False},
)

COLUMN = {
    "name": "column",
    "in": "path",
    "required": True,
    "description": "A column that can be filtered by.",
    "schema": {"type": "string", "minLength": 1},
    "example": "baseColour",
}
FACET_LIMIT = _query("limit", "Values, the commonest first.", {"type": "integer", "minimum": 1, "maximum": 1000})
PART_OF_VALUE = _query("q", "Only values that contain this, in any case.", {"type": "string"})
FACET_BINS = _query(
    "bins",
    "About how many ranges a column of numbers or dates is counted by.",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
)

COLOUR = _query("colour", "The column whose values give the colours; by default the clusters.", {"type": "string"})

OF_AN_IMAGE = [
    _query("size", "Width and height of the square that it fits into.", {"enum": ["160", "320", "640"]}),
    _query("picture", "Number of the product's picture.", {"type": "integer", "minimum": 0, "maximum": 1000}),
    _query("ref", "The picture's reference, instead of its number.", {"type": "string"}),
]

_EXAMPLE = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"picture": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
            "required": ["picture"],
            "additionalProperties": False,
        },
    ]
}


def _in_a_body(parameter: Parameter) -> dict[str, Any]:
    return {**parameter["schema"], "description": parameter["description"]}


RECOMMEND_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "liked": {
                        "type": "array",
                        "items": _EXAMPLE,
                        "minItems": 1,
                        "maxItems": 50,
                        "description": "Ids of products, and pictures that were sent before.",
                    },
                    "disliked": {"type": "array", "items": _EXAMPLE, "maxItems": 50},
                    **{each["name"]: _in_a_body(each) for each in _options_but({"rectangle"})},
                },
                "required": ["liked"],
                "additionalProperties": False,
            },
            "example": {"liked": ["15970"], "disliked": ["39386"], "k": 6, "where": ["gender=Men"]},
        }
    },
}
