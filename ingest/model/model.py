"""Encoder + reducer + clusterer: everything that is needed to place a new image in an index."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float, load_state, save_state
from ..encoders.spec import EncoderSpec
from ..errors import IncompatibleError, StoreError
from .clusterers import CLUSTERERS, Clusterer
from .estimator import Estimator, unit_rows
from .reducers import REDUCERS, Labels, Reducer


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model.

    Attributes:
        encoder: the encoder's identity; its weights are not part of the model.
        reducer: fitted map to index vectors.
        clusterer: fitted on the reducer's unit-length vectors.
    """

    encoder: EncoderSpec
    reducer: Reducer
    clusterer: Clusterer

    def reduce(self, features: Float) -> Float:
        """float32[n, D] features to float32[n, d] index vectors of unit length."""
        return unit_rows(np.ascontiguousarray(self.reducer.transform(features), dtype=np.float32))

    def place(self, features: Float, labels: Labels | None = None) -> Float:
        """float32[n, D] features, and what is known of the products, to float32[n, width] stored vectors.

        The first d numbers are `reduce(features)`.
        """
        return np.ascontiguousarray(self.reducer.place(features, labels), dtype=np.float32)

    @property
    def hash(self) -> str:
        """SHA-256 over the encoder's identity, all parameters and all fitted arrays."""
        digest = hashlib.sha256(json.dumps(asdict(self.encoder), sort_keys=True).encode())
        for estimator in (self.reducer, self.clusterer):
            digest.update(f"{estimator.name}:{json.dumps(estimator.params(), sort_keys=True)}".encode())
            for key, array in sorted(estimator.arrays().items()):
                digest.update(f"{key}:{array.dtype.str}:{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def verified(self, expected: str, version: str) -> Self:
        """Itself, if its hash is the one in the version's manifest.

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
        (folder / "encoder.json").write_text(json.dumps(asdict(self.encoder), indent=1) + "\n", "utf-8")
        for part, estimator in (("reducer", self.reducer), ("clusterer", self.clusterer)):
            params = {"name": estimator.name, "params": estimator.params()}
            save_state(folder, part, params, estimator.arrays())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            StoreError: missing or damaged files.
            ParameterError: a reducer or clusterer that this release does not know.
        """
        try:
            encoder = EncoderSpec(**json.loads((folder / "encoder.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise StoreError(f"The model in {folder} has no readable encoder.json ({error}).") from error
        reducer = _restore(REDUCERS, folder, "reducer")
        clusterer = _restore(CLUSTERERS, folder, "clusterer")
        return cls(encoder, reducer, clusterer)


def weighed(stored: Float, dim: int, prior: float) -> Float:
    """float32[n, width] as queries: `1 - prior` times the first `dim` numbers, `prior` times the others."""
    weights = np.full(stored.shape[1], prior, np.float32)
    weights[:dim] = 1 - prior
    return np.asarray(stored * weights, dtype=np.float32)


def cluster_label(cluster: int | np.intp) -> str:
    """The payload's value for a cluster: a string, because Qdrant's tenant index takes no numbers."""
    return str(int(cluster))


def cluster_sizes(clusters: NDArray[np.intp]) -> dict[str, int]:
    """Cluster label to number of products, by label."""
    labels, counts = np.unique(clusters, return_counts=True)
    return {cluster_label(label): int(count) for label, count in zip(labels, counts, strict=True)}


def _restore(registry: Any, folder: Path, part: str) -> Any:  # noqa: ANN401 - one code path for both registries
    header, arrays = load_state(folder, part)
    try:
        estimator: Estimator = registry[header["name"]](**header["params"])
        return estimator.restore(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The {part} of the model in {folder} is damaged ({error!r}).") from error
