"""A fitted model: everything that turns features into a vector and a cluster of an index."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float, load_state, save_state
from ..encoders import EncoderSpec
from ..errors import IncompatibleError, StoreError
from .capabilities import Capabilities
from .clusterers import CLUSTERERS, Clusterer
from .estimator import Estimator, unit_rows
from .reducers import REDUCERS, AttributeColumns, Reducer

HELD_BACK = "held_back.json"

NETWORK = "encoder.network"
"""File of the encoder's quantized network, where it has one."""


class Placement(NamedTuple):
    """Where products lie in an index.

    Attributes:
        vectors: float32[n, vector_dim], as a store holds them.
        clusters: intp[n].
    """

    vectors: Float
    clusters: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Model:
    """An encoder's identity with a fitted reducer and a fitted clusterer.

    Attributes:
        encoder: what made the features; its weights are not part of the model, unless they were quantized.
        reducer: maps features to index vectors.
        clusterer: assigns the reducer's unit-length index vectors to clusters.
        held_back: the largest content hash of the pictures that the fit did not look at, see `held_back.py`.
    """

    encoder: EncoderSpec
    reducer: Reducer
    clusterer: Clusterer
    held_back: str = ""

    @property
    def capabilities(self) -> Capabilities:
        """What the reducer learned beyond index vectors."""
        return dataclasses.replace(self.reducer.capabilities, held_back=self.held_back)

    def index_vectors(self, features: Float) -> Float:
        """Map features float32[n, D] to index vectors float32[n, index_dim] of unit length.

        Raises:
            ParameterError: features of another width than the model was fitted on, or NaN.
        """
        return unit_rows(np.ascontiguousarray(self.reducer.transform(features), dtype=np.float32))

    def point_vectors(self, features: Float, attributes: AttributeColumns | None = None) -> Float:
        """Map features float32[n, D] to the vectors that a store holds, float32[n, vector_dim].

        The first `index_dim` numbers of a row are its index vector. A reducer that learns attributes puts those of
        the product behind them: what `attributes` says, and its own prediction where they say nothing.

        Raises:
            ParameterError: as `index_vectors`.
        """
        return np.ascontiguousarray(self.reducer.point_vectors(features, attributes), dtype=np.float32)

    def place(self, features: Float, attributes: AttributeColumns | None = None) -> Placement:
        """The vectors of `point_vectors` with the cluster of each.

        Raises:
            ParameterError: as `index_vectors`.
        """
        vectors = self.point_vectors(features, attributes)
        return Placement(vectors, self.clusterer.predict(np.ascontiguousarray(vectors[:, : self.reducer.index_dim])))

    @property
    def hash(self) -> str:
        """SHA-256 over the encoder's identity, all parameters and all fitted arrays."""
        digest = hashlib.sha256(json.dumps(self.encoder.identity, sort_keys=True).encode())
        for estimator in (self.reducer, self.clusterer):
            digest.update(f"{estimator.name}:{json.dumps(estimator.params(), sort_keys=True)}".encode())
            for key, array in sorted(estimator.arrays().items()):
                digest.update(f"{key}:{array.dtype.str}:{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        if self.held_back:
            digest.update(f"held back: {self.held_back}".encode())
        return digest.hexdigest()

    def verified(self, expected: str, version: str) -> Self:
        """The model itself, if its hash is the one in the manifest of `version`.

        Raises:
            IncompatibleError: it is another model.
        """
        found = self.hash
        if found != expected:
            raise IncompatibleError("model_hash", expected, found, f"The model of {version} was altered; roll back.")
        return self

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "encoder.json").write_text(json.dumps(self.encoder.to_dict(), indent=1) + "\n", "utf-8")
        for part, estimator in (("reducer", self.reducer), ("clusterer", self.clusterer)):
            params = {"name": estimator.name, "params": estimator.params()}
            save_state(folder, part, params, estimator.arrays())
        if self.encoder.file is not None:
            (folder / NETWORK).write_bytes(self.encoder.file())
        if self.held_back:
            (folder / HELD_BACK).write_text(json.dumps({"content_up_to": self.held_back}) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the model that `save` wrote, also that of an earlier release.

        Raises:
            StoreError: missing or damaged files.
            ParameterError: a reducer or clusterer that this release does not know.
        """
        try:
            encoder = EncoderSpec.from_dict(json.loads((folder / "encoder.json").read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"The model in {folder} has no readable encoder.json ({error}).") from error
        reducer = _restore(REDUCERS, folder, "reducer")
        clusterer = _restore(CLUSTERERS, folder, "clusterer")
        return cls(with_network(encoder, folder), reducer, clusterer, _held_back(folder))

    @staticmethod
    def load_clusterer(folder: Path) -> Clusterer:
        """Read only the clusterer of a model that `save` wrote.

        Raises:
            StoreError: as `load`.
        """
        clusterer: Clusterer = _restore(CLUSTERERS, folder, "clusterer")
        return clusterer


def with_network(encoder: EncoderSpec, folder: Path) -> EncoderSpec:
    """The same encoder, whose quantized network, if it has one, is read from a saved model's folder when needed."""
    if encoder.quantization is None:
        return encoder
    return dataclasses.replace(encoder, file=(folder / NETWORK).read_bytes)


def weighed(vectors: Float, index_dim: int, prior: float) -> Float:
    """Point vectors float32[n, vector_dim] as queries that give the attributes the weight `prior`.

    The first `index_dim` numbers are multiplied by `1 - prior`, the others by `prior`.
    """
    weights = np.full(vectors.shape[1], prior, np.float32)
    weights[:index_dim] = 1 - prior
    return np.asarray(vectors * weights, dtype=np.float32)


def cluster_label(cluster: int | np.intp) -> str:
    """The payload's value for a cluster: a string, because Qdrant's tenant index takes no numbers."""
    return str(int(cluster))


def cluster_sizes(clusters: NDArray[np.intp]) -> dict[str, int]:
    """Number of products of each cluster, by the cluster's value in the payload."""
    numbers, counts = np.unique(clusters, return_counts=True)
    return {cluster_label(number): int(count) for number, count in zip(numbers, counts, strict=True)}


def _held_back(folder: Path) -> str:
    path = folder / HELD_BACK
    try:
        return str(json.loads(path.read_text("utf-8"))["content_up_to"]) if path.exists() else ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The model in {folder} has no readable {HELD_BACK} ({error}).") from error


def _restore(registry: Any, folder: Path, part: str) -> Any:  # noqa: ANN401 - the same code for both registries
    header, arrays = load_state(folder, part)
    try:
        estimator: Estimator = registry[header["name"]](**header["params"])
        return estimator.restore(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The {part} of the model in {folder} is damaged ({error!r}).") from error
