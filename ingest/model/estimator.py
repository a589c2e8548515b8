"""What reducers and clusterers share: parameters, checks of their input, state as arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Arrays, Float
from ..errors import ParameterError


class Estimator(ABC):
    """A fitted strategy with scikit-learn's habits.

    Parameters live in the constructor, fitted attributes end in `_`, and the whole fitted state is
    `params()` (JSON) plus `arrays()` (plain arrays): no pickle.
    """

    name: ClassVar[str]

    @abstractmethod
    def params(self) -> dict[str, Any]:
        """Constructor parameters as JSON values; `type(self)(**params())` is the unfitted copy."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Fitted state; empty for strategies without one."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back from `arrays()`; returns self."""

    def info(self) -> dict[str, Any]:
        """What was learnt while fitting, for the manifest: for example `{"method": "exact"}`."""
        return {}


def check_matrix(X: NDArray[Any], *, who: str, width: int | None = None, least_rows: int = 1) -> Float:
    """Return `X` as float32[n, d], or say what is wrong with it.

    Raises:
        ParameterError: not two-dimensional, fewer than `least_rows` rows, not `width` wide, or not finite.
    """
    X = np.asarray(X)
    if X.ndim != 2:
        raise ParameterError(f"{who} takes a matrix of vectors, one a row; received an array of shape {X.shape}.")
    if len(X) < least_rows:
        raise ParameterError(
            f"{who} needs at least {least_rows} vectors to fit; received {len(X)}. "
            "Add products, or choose fewer components or clusters."
        )
    if width is not None and X.shape[1] != width:
        raise ParameterError(f"{who} was fitted on {width}-d vectors; received {X.shape[1]}-d ones.")
    X = X.astype(np.float32, copy=False)
    # In blocks: isfinite on the whole matrix would allocate a mask as long as the catalog.
    for start in range(0, len(X), 4096):
        finite = np.isfinite(X[start : start + 4096]).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise ParameterError(f"{who} received NaN or infinity in vector {row}; check the encoder's weights.")
    return X


def unit_rows(X: Float) -> Float:
    """Rows of float32[n, d] scaled to length 1; a zero row stays zero."""
    # In double precision: the square of 1e-30 is no float32.
    norms = np.sqrt(np.einsum("ij,ij->i", X, X, dtype=np.float64))[:, None]
    scaled = np.divide(X, norms, out=np.zeros(X.shape), where=norms > 0)
    unit: Float = scaled.astype(np.float32)
    return unit
