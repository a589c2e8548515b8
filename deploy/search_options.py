"""The options of a search on the command line, derived from `SearchOptions`: its names, defaults and sentences."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from likewise.search.asking.option_texts import TextForm
from likewise.search.asking.options import SearchOptions, option_help, text_forms

from .options import option

F = TypeVar("F", bound=Callable[..., Any])


def search_options(*names: str) -> Callable[[F], F]:
    """Options of a search, all or the named ones, gathered into one argument `searching`: a `SearchOptions`."""
    forms = {name: form for name, form in text_forms().items() if not names or name in names}

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def gathered(**settings: Any) -> Any:  # noqa: ANN401 - click's
            pairs = [(form.name, text) for name, form in forms.items() for text in _texts(settings.pop(name))]
            return function(searching=SearchOptions.from_texts(pairs), **settings)

        command = cast(F, gathered)
        for name, form in reversed(forms.items()):
            command = _option(name, form)(command)
        return command

    return decorate


def _option(name: str, form: TextForm) -> Callable[[F], F]:
    default = {each.name: each.default for each in dataclasses.fields(SearchOptions)}[name]
    sentence = option_help()[name]
    written = f"--{form.name.replace('_', '-')}"
    return option(
        *((f"-{form.name}",) if len(form.name) == 1 else ()),
        written,
        name,
        help=sentence[:1].upper() + sentence[1:],
        # Kept as text: `SearchOptions` reads it, here as in an address.
        **({"metavar": form.metavar} if form.metavar else {"is_flag": True}),
        **({"multiple": True} if form.repeated else {}),
        **({"default": str(default)} if default not in (None, False, ()) else {}),
    )


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a text, several, a flag, or nothing
    if isinstance(value, tuple):
        yield from value
    elif value not in (None, False):
        yield str(value).lower() if value is True else value
