"""Strategies chosen by name; a module is imported when its strategy is used, not before."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import UnionType
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin

from .errors import ParameterError

T = TypeVar("T")

_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class Registry(Generic[T]):
    """A table from names to classes, which are written as `module:Class` relative to `package`.

    The indirection keeps scikit-learn and umap out of a process that only searches.
    """

    def __init__(self, kind: str, package: str, classes: Mapping[str, str]) -> None:
        self._kind = kind
        self._package = package
        self._classes = dict(classes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __getitem__(self, name: str) -> type[T]:
        """The class registered under `name`.

        Raises:
            ParameterError: an unknown name; the text lists the known ones.
        """
        if name not in self._classes:
            near = difflib.get_close_matches(name, self._classes, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(sorted(self._classes))
            raise ParameterError(f"Unknown {self._kind} {name!r}.{hint} Known: {known}.")
        module, _, attribute = self._classes[name].partition(":")
        return cast("type[T]", getattr(import_module(f".{module}", self._package), attribute))

    def parameters(self, name: str) -> dict[str, inspect.Parameter]:
        """The parameters that the constructor of a strategy takes, by name.

        Raises:
            ParameterError: an unknown strategy.
        """
        return dict(inspect.signature(self[name]).parameters)

    def create(self, name: str, **params: Any) -> T:  # noqa: ANN401 - each strategy has its own
        """The strategy registered under `name`, made with these parameters of its constructor.

        Raises:
            ParameterError: an unknown strategy or parameter.
        """
        self.check_known(name, params)
        return self[name](**params)

    def parse_params(self, name: str, texts: Mapping[str, str]) -> dict[str, Any]:
        """Parameters for `create` from texts such as `{"perplexity": "50"}`, as a command line has them.

        A value is read as the type that the constructor declares: `none` is None where that is allowed, commas
        separate the items of a list.

        Raises:
            ParameterError: an unknown strategy or parameter, or a value of another type.
        """
        self.check_known(name, texts)
        declared = inspect.signature(self[name], eval_str=True).parameters
        values = {}
        for parameter, text in texts.items():
            try:
                values[parameter] = _parse(text, declared[parameter].annotation)
            except ValueError as error:
                expected = self.parameters(name)[parameter].annotation
                raise ParameterError(
                    f"The {self._kind} {name!r} takes {parameter} as {expected}; received {text!r}."
                ) from error
        return values

    def check_known(self, name: str, params: Iterable[str]) -> None:
        """Make sure that the constructor of a strategy takes these parameters.

        Raises:
            ParameterError: an unknown strategy or parameter; the text lists the known ones.
        """
        known = self.parameters(name)
        for parameter in params:
            if parameter not in known:
                names = ", ".join(known) or "none"
                raise ParameterError(f"The {self._kind} {name!r} has no parameter {parameter!r}. Known: {names}.")


def _parse(text: str, declared: Any) -> Any:  # noqa: ANN401 - whatever a constructor declares
    """Read a text as a declared type, for example `float | None` or `Sequence[int]`.

    Raises:
        ValueError: the text is no value of that type.
    """
    if get_origin(declared) in (UnionType, Union):
        alternatives = get_args(declared)
        if type(None) in alternatives and text.lower() == "none":
            return None
        # Every text is a str, so the other types are tried before it.
        for alternative in sorted(alternatives, key=lambda each: each is str):
            try:
                return _parse(text, alternative)
            except ValueError:
                continue
        raise ValueError(text)
    if get_origin(declared) in (list, Sequence):
        (item,) = get_args(declared)
        return [_parse(part.strip(), item) for part in text.split(",") if part.strip()]
    if declared is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if declared is float:
        number = float(text)
        # NaN and infinity have no place in a manifest, which is JSON.
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    if declared is int or declared is str:
        return declared(text)
    raise ValueError(text)
