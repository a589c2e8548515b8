"""What is like some products and pictures, and unlike others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError

from ...asking.options import SearchOptions, text_forms
from ..json_response import json_response
from ..openapi import parts
from ..openapi.parameters import RECOMMEND_BODY
from ..parameters import Parameters
from ..pictures.queries import Asked
from ..service import Service
from ..shown import Shown

MOST_BYTES = 256 * 2**10

Example = str | dict[str, str]
"""A product's id, or `{"picture": sha256}`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a body asks for."""

    liked: tuple[Example, ...]
    disliked: tuple[Example, ...]
    options: SearchOptions

    @property
    def pictures(self) -> list[str]:
        """The pictures among the examples, once each."""
        given = (*self.liked, *self.disliked)
        return list(dict.fromkeys(each["picture"] for each in given if not isinstance(each, str)))

    @classmethod
    def parse(cls, body: bytes) -> Wish:
        """A wish from JSON.

        Raises:
            ParameterError: names what is wrong.
        """
        try:
            said = orjson.loads(body)
        except ValueError as error:
            raise ParameterError(f"The body is no JSON: {error}.") from None
        if not isinstance(said, dict):
            raise ParameterError('The body is an object such as {"liked": ["15970"], "k": 6}.')
        liked, disliked = (_examples(name, said.pop(name, [])) for name in ("liked", "disliked"))
        return cls(liked, disliked, _options(said))


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["search"])

    @routes.post(
        "/v1/recommend",
        summary="Products like some and unlike others",
        openapi_extra={"requestBody": RECOMMEND_BODY},
        responses=parts.responses(parts.ANSWER, 400, 404, 408, 409, 413),
    )
    async def recommend(request: Request) -> Response:
        Parameters(request)
        async with service.text(request, MOST_BYTES) as body:
            wish = Wish.parse(body)
        if not wish.pictures:
            return json_response(await service.ask(request, lambda shown: _answer(shown, wish, {})))
        sources = [service.pictures.again(each, wish.options.part) for each in wish.pictures]

        def search(shown: Shown, asked: Sequence[Asked]) -> dict[str, Any]:
            return _answer(shown, wish, {each.picture: each.features for each in asked})

        return json_response(await service.ask_with(request, sources, search))

    return routes


def _answer(shown: Shown, wish: Wish, features: Mapping[str, Float]) -> dict[str, Any]:
    def given(examples: Sequence[Example]) -> list[Any]:
        return [each if isinstance(each, str) else features[each["picture"]] for each in examples]

    options = shown.options(wish.options)
    return shown.answer(shown.client.recommend(given(wish.liked), given(wish.disliked), options=options))


def _examples(name: str, given: Any) -> tuple[Example, ...]:  # noqa: ANN401 - JSON
    if not isinstance(given, list) or not all(map(_is_example, given)):
        raise ParameterError(f'{name} is a list of ids and of {{"picture": "SHA256"}}; received {str(given)[:80]}.')
    return tuple(given)


def _is_example(given: Any) -> bool:  # noqa: ANN401
    if isinstance(given, dict):
        return set(given) == {"picture"} and isinstance(given["picture"], str)
    return isinstance(given, str)


def _options(said: dict[str, Any]) -> SearchOptions:
    where = said.pop("where", None)
    forms = {form.name: form for form in text_forms().values()}
    pairs = []
    for name, value in said.items():
        values = value if name in forms and forms[name].repeated and isinstance(value, list) else [value]
        for each in values:
            types = _types(forms[name].schema) if name in forms else {type(each)}
            # JSON knows one kind of numbers.
            whole = int in types and isinstance(each, float) and each.is_integer()
            if type(each) not in types and not whole:
                raise ParameterError(f"{name} received {str(each)[:40]!r}, which is of another type.")
            pairs.append((name, _text(int(each) if whole else each)))
    if isinstance(where, Mapping):
        return replace(SearchOptions.from_texts(pairs), where=where)
    if where is not None and not (isinstance(where, list) and all(isinstance(each, str) for each in where)):
        raise ParameterError(f'where is a list of conditions such as ["gender=Men"], or a mapping; received {where!r}.')
    return SearchOptions.from_texts([*pairs, *(("where", each) for each in where or ())])


def _text(value: Any) -> str:  # noqa: ANN401
    return str(value).lower() if isinstance(value, bool) else str(value)


def _types(schema: Mapping[str, Any]) -> set[type]:
    """The Python types of the JSON values that a schema allows."""
    found = {type(each) for each in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ()))}
    for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= _types(each)
    kinds: dict[str, set[type]] = {"integer": {int}, "number": {int, float}, "boolean": {bool}, "string": {str}}
    return found | kinds.get(schema.get("type", ""), set())
