"""What the figures show beyond the table: precision against clusters, dimensions and probes, variance, maps.

A sweep tries dozens of settings, so it searches exactly in memory instead of building a version each time;
the score is the same. Every sweep is kept in `out/work/sweeps` and not repeated.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.metrics import encode_attributes, precision_at_k
from likewise.evaluation.protocol import SCORED
from likewise.ingest.arrays import Float
from likewise.ingest.index.versions import labels
from likewise.ingest.model.clusterers import CLUSTERERS
from likewise.ingest.model.estimator import unit_rows
from likewise.ingest.model.reducers import REDUCERS
from likewise.search import SearchClient

from .compare import Study
from .queries import Split
from .scores import STUDY_K

CLUSTER_COUNTS = (2, 4, 6, 8, 10, 15, 20, 30, 50)
NESTED = ("pca", "kernel-pca", "isomap")
"""Reducers whose first components are those of a smaller fit: one fit serves every dimension."""

DIMENSIONS = {
    "pca": (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2048),
    "kernel-pca": (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2048),
    "isomap": (2, 5, 10, 20, 50, 100, 200),
}
FEW_DIMENSIONS = (2, 10, 100)
"""For reducers that need a fit of their own for each width."""

SAMPLE = 3000
"""Products in a map: more dots hide each other."""


class Sweeps:
    """The sweeps of one study, over the in-catalog queries where there are any.

    Args:
        study: what was compared.
        folder: where results are kept.
        seed: of everything random.
    """

    def __init__(self, study: Study, folder: Path, seed: int) -> None:
        self._study = study
        self._folder = folder
        self._seed = seed
        self.protocol = "in-catalog" if "in-catalog" in study.splits else next(iter(study.splits))
        self.split: Split = study.splits[self.protocol]
        self.reducers = list(
            dict.fromkeys(result.method.reducer for result in study.results if not result.method.joined)
        )
        folder.mkdir(parents=True, exist_ok=True)

    def variance(self) -> dict[str, Any]:
        """Cumulated share of variance by PCA component, and the elbow: farthest from the chord (Satopaa 2011)."""
        return self._kept("variance", self._variance)

    def clusters(self) -> dict[str, Any]:
        """k-means inertia and, for each clusterer, Precision@6 by category against the number of clusters."""
        return self._kept("clusters", self._clusters)

    def dimensions(self) -> dict[str, Any]:
        """Precision@6 against the width of the vectors, by reducer."""
        return self._kept("dimensions", self._dimensions)

    def probes(self) -> dict[str, Any]:
        """Precision@6 and milliseconds against the number of probed clusters, through the store."""
        return self._kept("probes", self._probes)

    def map(self, reducer: str) -> dict[str, Any]:
        """X and y of a sample of products by a 2-d reducer, with their categories."""
        return self._kept(f"map-{reducer}", lambda: self._map(reducer))

    @property
    def _features(self) -> Float:
        return self._study.features.vectors(self._study.embedded.rows)

    def _variance(self) -> dict[str, Any]:
        from sklearn.decomposition import PCA

        features = self._features[self.split.indexed][:20_000]
        count = min(512, *features.shape)
        shares = np.cumsum(PCA(count, random_state=self._seed).fit(features).explained_variance_ratio_)
        chord = np.linspace(shares[0], shares[-1], count)
        return {"shares": shares.round(5).tolist(), "elbow": int(np.argmax(shares - chord)) + 1}

    def _clusters(self) -> dict[str, Any]:
        base = "kernel-pca" if "kernel-pca" in self.reducers else "pca"
        vectors = self._reduced(base, 100)
        inertia: list[float] = []
        precision: dict[str, list[dict[str, float]]] = {}
        counts = [count for count in CLUSTER_COUNTS if count * 5 <= len(self.split.indexed)]
        for name in [name for name in CLUSTERERS if name != "none"]:
            precision[name] = []
            for count in counts:
                fitted = CLUSTERERS.create(name, n_clusters=count, random_state=self._seed).fit(
                    vectors[self.split.indexed]
                )
                precision[name].append(self._precision(vectors, fitted.predict(vectors)))
                if name == "kmeans":
                    inertia.append(float(fitted.info()["inertia"]))
        return {"base": base, "counts": counts, "inertia": inertia, "precision": precision}

    def _dimensions(self) -> dict[str, Any]:
        found: dict[str, Any] = {"none": {"dims": [self._study.encoder.dim], "precision": []}}
        found["none"]["precision"].append(self._precision(unit_rows(self._features))["mean"])
        for name in self.reducers:
            if name == "none":
                continue
            widest = min(len(self.split.indexed) - 1, self._study.encoder.dim)
            dims = [dim for dim in DIMENSIONS.get(name, FEW_DIMENSIONS) if dim <= widest]
            nested = self._reduced(name, dims[-1], unit=False) if name in NESTED else None
            scored = []
            for dim in dims:
                vectors = self._reduced(name, dim, unit=False) if nested is None else nested[:, :dim]
                scored.append(self._precision(unit_rows(np.ascontiguousarray(vectors)))["mean"])
            found[name] = {"dims": dims, "precision": scored}
        return found

    def _probes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for result in self._study.results:
            if result.method.clusterer == "none" or result.protocol != self.protocol:
                continue
            store = self._folder.parent / self.protocol / result.method.name / "store"
            with SearchClient.open(store) as client:
                total = len(client.manifest.clusters)
                probes = [probe for probe in (1, 2, 3, 5, 8, 13) if probe < total] + [total]
                found[result.method.name] = {"probes": probes, "precision": [], "ms": []}
                for probe in probes:
                    score, spent = self._ask(client, probe)
                    found[result.method.name]["precision"].append(score)
                    found[result.method.name]["ms"].append(spent)
        return found

    def _ask(self, client: SearchClient, probe: int) -> tuple[float, float]:
        from likewise.evaluation.protocol import score

        products = [self._study.embedded.products[at] for at in self.split.queries]
        features = self._study.features.vectors(self._study.embedded.rows[self.split.queries])
        spent, hits = [], []
        for product, row in zip(products, features, strict=True):
            begin = time.perf_counter()
            answer = client.similar_to_features_batch(row[None], STUDY_K + 1, probe=probe)[0]
            spent.append(time.perf_counter() - begin)
            hits.append([hit for hit in answer if hit.id != product.id][:STUDY_K])
        values = score([product.attributes for product in products], hits, k=STUDY_K)
        return self._mean(values)["mean"], float(1000 * np.median(spent))

    def _map(self, reducer: str) -> dict[str, Any]:
        rng = np.random.default_rng(self._seed)
        chosen = np.sort(rng.permutation(self.split.indexed)[:SAMPLE])
        products = [self._study.embedded.products[at] for at in chosen]
        features = self._study.features.vectors(self._study.embedded.rows[chosen])
        fitted = REDUCERS.create(reducer, n_components=2, random_state=self._seed).fit(features, labels(products))
        points = fitted.transform(features)
        names = {
            key: [product.attributes.get(key, "other") for product in products]
            for key in ("masterCategory", "subCategory")
        }
        return {"x": points[:, 0].round(4).tolist(), "y": points[:, 1].round(4).tolist(), **names}

    def _reduced(self, name: str, dim: int, *, unit: bool = True) -> Float:
        features = self._features
        indexed = self.split.indexed
        products = [self._study.embedded.products[at] for at in indexed]
        fitted = REDUCERS.create(
            name, n_components=min(dim, len(indexed) - 1, features.shape[1]), random_state=self._seed
        )
        vectors = fitted.fit(features[indexed], labels(products)).transform(features)
        return unit_rows(np.ascontiguousarray(vectors)) if unit else vectors

    def _precision(self, vectors: Float, clusters: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Mean Precision@6 by category, searching exactly, inside the query's cluster where there are some."""
        indexed, queries = self.split.indexed, self.split.queries
        top = np.full((len(queries), STUDY_K), -1, np.intp)
        for start in range(0, len(queries), 256):
            block = queries[start : start + 256]
            similarity = vectors[block] @ vectors[indexed].T
            similarity[block[:, None] == indexed[None, :]] = -np.inf
            if clusters is not None:
                similarity[clusters[block][:, None] != clusters[indexed][None, :]] = -np.inf
            order = np.argsort(-similarity, axis=1)[:, :STUDY_K]
            reachable = np.isfinite(np.take_along_axis(similarity, order, axis=1))
            top[start : start + 256] = np.where(reachable, indexed[order], -1)
        codes = encode_attributes([product.attributes for product in self._study.embedded.products], SCORED)
        padded = np.vstack([codes, np.full((1, codes.shape[1]), -1, codes.dtype)])
        return self._mean(precision_at_k(codes[queries], padded[top]))

    def _mean(self, values: NDArray[np.float64]) -> dict[str, float]:
        categories = np.array(self.split.categories)
        means = {str(name): float(100 * np.nanmean(values[categories == name])) for name in dict.fromkeys(categories)}
        return {**means, "mean": float(np.mean(list(means.values())))}

    def _kept(self, name: str, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The sweep's result, from disk when its inputs are the same."""
        key = self._key(name)
        path = self._folder / f"{name}.json"
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if kept["key"] == key:
                return kept
        found = {"key": key, **compute()}
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(found), "utf-8")
        temporary.replace(path)
        return found

    def _key(self, name: str) -> str:
        study = self._study
        facts: Sequence[object] = (name, self._seed, self.protocol, study.encoder.fingerprint, self.reducers)
        digest = hashlib.sha256(repr(facts).encode())
        digest.update(self.split.queries.tobytes() + self.split.indexed.tobytes())
        digest.update("".join(study.embedded.contents).encode())
        return digest.hexdigest()
