"""Kernel principal component analysis."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ...errors import ParameterError
from ..axes import fix_signs, inverse_roots
from .landmark_reducer import LandmarkReducer

KERNELS = ("rbf", "cosine", "poly", "sigmoid")


class KernelPCA(LandmarkReducer):
    """PCA in a kernel's feature space (Schölkopf, Smola and Müller 1998).

    Exact up to `landmarks` products; beyond, fitted on a seeded sample of them, to which every vector is compared
    (Nyström's method, Williams and Seeger 2001): n x landmarks work, landmarks² memory.

    Args:
        n_components: width of the index vectors.
        kernel: rbf, cosine, poly or sigmoid.
        gamma: scale of rbf, poly and sigmoid; by default 1 / (D x variance of the features).
        degree: of poly.
        coef0: of poly and sigmoid.
        landmarks: most products that the kernel matrix is made of.
        random_state: seed of the sample.
    """

    name = "kernel-pca"
    approximation = "nystrom"
    least_rows = 2
    saved: ClassVar = {"landmarks": "landmarks_", "projection": "projection_", "column_means": "column_means_"}

    def __init__(
        self,
        n_components: int = 100,
        kernel: str = "rbf",
        gamma: float | None = None,
        degree: int = 2,
        coef0: float = 1.0,
        landmarks: int = 4000,
        random_state: int = 0,
    ) -> None:
        if kernel not in KERNELS:
            raise ParameterError(f"Unknown kernel {kernel!r}. Known: {', '.join(KERNELS)}.")
        self.n_components = n_components
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.landmarks = landmarks
        self.random_state = random_state

    @property
    def _input_dim(self) -> int:
        return int(self.landmarks_.shape[1])

    def _fit_landmarks(self, features: Float) -> None:
        from scipy.linalg import eigh

        self.landmarks_ = np.ascontiguousarray(features)
        self.__dict__.pop("_landmark_squares", None)
        spread = float(self.landmarks_.var(dtype=np.float64))
        self.gamma_ = self.gamma if self.gamma is not None else 1 / (features.shape[1] * spread if spread else 1.0)
        kernel = self._kernel(self.landmarks_)
        self.column_means_ = kernel.mean(axis=0)
        self.mean_ = float(self.column_means_.mean())
        kernel -= self.column_means_[:, None] + self.column_means_[None, :] - self.mean_
        size = len(kernel)
        total = float(np.trace(kernel))
        values, vectors = eigh(kernel, subset_by_index=[size - self.n_components, size - 1], overwrite_a=True)
        values = np.clip(values[::-1], 0, None)
        self.projection_ = (fix_signs(vectors.T[::-1]).T * inverse_roots(values)).astype(np.float32)
        self.explained_variance_ = float(values.sum() / total) if total else 0.0

    def _map(self, features: Float) -> Float:
        kernel = self._kernel(features)
        kernel -= kernel.mean(axis=1, keepdims=True) + self.column_means_ - self.mean_
        return np.asarray(kernel @ self.projection_)

    def _kernel(self, X: Float) -> NDArray[np.float64]:
        """The kernel of float32[m, D] and the landmarks: float64[m, landmarks]."""
        # The products in single precision, half the memory to read for one query; all that follows in double.
        products = (X @ self.landmarks_.T).astype(np.float64)
        if self.kernel == "cosine":
            lengths = np.sqrt(_squares(X))[:, None] * np.sqrt(self._landmark_squares)[None, :]
            return np.asarray(products / np.maximum(lengths, 1e-30))
        if self.kernel == "rbf":
            products *= -2
            products += _squares(X)[:, None] + self._landmark_squares[None, :]
            return np.asarray(np.exp(-self.gamma_ * np.maximum(products, 0)))
        products = self.gamma_ * products + self.coef0
        return np.asarray(np.tanh(products) if self.kernel == "sigmoid" else products**self.degree)

    @cached_property
    def _landmark_squares(self) -> NDArray[np.float64]:
        return _squares(self.landmarks_)

    def arrays(self) -> Arrays:
        """The fitted state."""
        scalars = np.array([self.gamma_, self.mean_, self.explained_variance_, self.rows_])
        return {**super().arrays(), "scalars": scalars}

    def restore(self, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        self.gamma_, self.mean_, self.explained_variance_, rows = (float(value) for value in arrays["scalars"])
        self.rows_ = int(rows)
        return super().restore(arrays)

    def info(self) -> dict[str, Any]:
        """Whether all products are landmarks, and the share of the kernel's variance that is kept."""
        return {**super().info(), "gamma": self.gamma_, "explained_variance": self.explained_variance_}


def _squares(X: Float) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", X, X, dtype=np.float64))
