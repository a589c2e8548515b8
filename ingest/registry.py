"""Strategies chosen by name; a module is imported when its strategy is used, not before."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from .errors import ParameterError

T = TypeVar("T")


class Registry(Generic[T]):
    """Name to class, as `module:Class` relative to `package`.

    The indirection keeps scikit-learn and umap out of a process that only searches.
    """

    def __init__(self, kind: str, package: str, places: Mapping[str, str]) -> None:
        self._kind = kind
        self._package = package
        self._places = dict(places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, name: str) -> type[T]:
        """The class registered under `name`.

        Raises:
            ParameterError: an unknown name; the text lists the known ones.
        """
        if name not in self._places:
            near = difflib.get_close_matches(name, self._places, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(sorted(self._places))
            raise ParameterError(f"Unknown {self._kind} {name!r}.{hint} Known: {known}.")
        module, _, attribute = self._places[name].partition(":")
        return cast("type[T]", getattr(import_module(f".{module}", self._package), attribute))

    def create(self, name: str, **params: Any) -> T:  # noqa: ANN401 - each strategy has its own
        """The strategy registered under `name`, with its constructor's parameters.

        Raises:
            ParameterError: an unknown name or parameter.
        """
        strategy: Any = self[name]
        known = inspect.signature(strategy).parameters
        for parameter in params:
            if parameter not in known:
                names = ", ".join(known) or "none"
                raise ParameterError(f"The {self._kind} {name!r} has no parameter {parameter!r}. Known: {names}.")
        return cast("T", strategy(**params))
