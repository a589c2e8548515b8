"""What reducers and clusterers share: parameters, their checks, and fitted state as plain arrays."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Arrays, Float
from ..errors import ParameterError

AUTO = "auto"
"""The value of `n_clusters` that leaves the number to the clusterer."""

COMPONENTS, CLUSTERS = "n_components", "n_clusters"
"""Parameters that are lowered to what the data allow where nobody asked for their number."""

COUNTS: Mapping[str, str] = {
    "n_components": "components",
    "n_clusters": "clusters",
    "n_neighbors": "neighbours",
    "landmarks": "landmarks",
    "n_iter": "iterations",
    "n_epochs": "epochs",
    "members": "members",
    "hidden": "hidden units",
}
"""Parameters that have to be positive whole numbers, with the noun that an error uses."""


class Estimator(ABC):
    """A strategy that is fitted to data, with the habits of scikit-learn.

    The constructor keeps each parameter under its own name, and fitted attributes end in `_`. The parameters (JSON)
    and the fitted arrays are the whole state, so that nothing is ever pickled.

    Attributes:
        name: as registered.
        saved: name of each fitted array on disk, and the attribute that holds it. A saved index is verified by a
            hash over these names and arrays, so that neither the names nor the dtypes may change.
    """

    name: ClassVar[str]
    saved: ClassVar[Mapping[str, str]] = {}

    def params(self) -> dict[str, Any]:
        """The constructor's parameters as JSON values; `type(self)(**params())` is an unfitted copy."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def check_params(self) -> None:
        """Check what all strategies ask of their parameters; `fit` begins with it.

        Raises:
            ParameterError: a count that is no positive whole number, or a seed that is negative.
        """
        for name, value in self.params().items():
            if (name, value) == ("n_clusters", AUTO):
                continue
            if name in COUNTS and (type(value) is not int or value < 1):
                raise ParameterError(f"{self.name} takes a positive number of {COUNTS[name]}; received {value!r}.")
            if name == "random_state" and (type(value) is not int or value < 0):
                raise ParameterError(f"{self.name} takes a seed of 0 or more; received {value!r}.")

    def lowered(self, name: str, most: int) -> Self:
        """Itself, or an unfitted copy with `most` in the place of a larger number."""
        value = self.params().get(name)
        return type(self)(**{**self.params(), name: most}) if isinstance(value, int) and value > most else self

    def arrays(self) -> Arrays:
        """The fitted state as plain arrays; a number becomes an array without dimensions."""
        return {key: np.asarray(getattr(self, attribute)) for key, attribute in self.saved.items()}

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back from `arrays()`.

        Raises:
            KeyError, TypeError, ValueError: they are not the arrays of this strategy.
        """
        for key, attribute in self.saved.items():
            array = arrays[key]
            setattr(self, attribute, array if array.ndim else array.item())
        return self

    def info(self) -> dict[str, Any]:
        """What was learnt while fitting, for the manifest: for example `{"method": "exact"}`."""
        return {}


def check_rows(who: str, rows: int, least: int) -> None:
    """Check that there are as many vectors as a fit needs.

    Raises:
        ParameterError: fewer than `least`.
    """
    if rows < least:
        raise ParameterError(
            f"{who} needs at least {least} vectors to fit; received {rows}. "
            "Add products, or choose fewer components or clusters."
        )


def check_matrix(X: NDArray[Any], *, who: str, width: int | None = None, least_rows: int = 1) -> Float:
    """Return `X` as float32[n, d], or say what is wrong with it.

    Raises:
        ParameterError: not two-dimensional, fewer than `least_rows` rows, not `width` wide, or not finite.
    """
    X = np.asarray(X)
    if X.ndim != 2:
        raise ParameterError(f"{who} takes a matrix of vectors, one a row; received an array of shape {X.shape}.")
    check_rows(who, len(X), least_rows)
    if width is not None and X.shape[1] != width:
        raise ParameterError(f"{who} was fitted on {width}-d vectors; received {X.shape[1]}-d ones.")
    X = X.astype(np.float32, copy=False)
    # In blocks, because isfinite on the whole matrix would allocate a mask as long as the catalog.
    for start in range(0, len(X), 4096):
        finite = np.isfinite(X[start : start + 4096]).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise ParameterError(f"{who} received NaN or infinity in vector {row}; check the encoder's weights.")
    return X


def unit_rows(X: Float) -> Float:
    """Rows of float32[n, d] scaled to length 1; a zero row stays zero."""
    # In double precision, because the square of 1e-30 is zero in single precision.
    norms = np.sqrt(np.einsum("ij,ij->i", X, X, dtype=np.float64))[:, None]
    scaled = np.divide(X, norms, out=np.zeros(X.shape), where=norms > 0)
    unit: Float = scaled.astype(np.float32)
    return unit
