"""What the figures show beyond the table: precision against clusters, dimensions and probes, variance, maps.

Every sweep is kept in a folder and not repeated while its inputs are the same.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from likewise.evaluation.protocol import score
from likewise.evaluation.scoring import MEAN
from likewise.ingest.arrays import Float
from likewise.ingest.features import EncodedProduct, attribute_columns
from likewise.ingest.model import CLUSTERERS, REDUCERS, AttributeColumns, unit_rows
from likewise.search import SearchClient
from likewise.search.showing.rendering import label

from .columns import mapped
from .compare import Study
from .exact_search import ExactSearch
from .queries import OTHER, STUDY_K

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
        folder: where results are kept; created.

    Attributes:
        mapped: the columns that colour the maps.
        reducers: of the methods that see the study's features.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        self._study = study
        self._folder = folder
        self._seed = study.seed
        self._protocol = "in-catalog" if "in-catalog" in study.splits else next(iter(study.splits))
        self._split = study.splits[self._protocol]
        self._search = ExactSearch(self._split, study.catalog)
        results = (result.method for result in study.results if not result.method.joined)
        self.mapped = mapped(study.scoring)
        self.reducers = list(dict.fromkeys(method.recipe.reducer for method in results))
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
        return self._kept(f"map-{reducer}", lambda: self._map(reducer), self.mapped)

    def _variance(self) -> dict[str, Any]:
        from sklearn.decomposition import PCA

        features = self._search.features()[: min(self._search.indexed, 20_000)]
        count = min(512, *features.shape)
        shares = np.cumsum(PCA(count, random_state=self._seed).fit(features).explained_variance_ratio_)
        chord = np.linspace(shares[0], shares[-1], count)
        return {"shares": shares.round(5).tolist(), "elbow": int(np.argmax(shares - chord)) + 1}

    def _clusters(self) -> dict[str, Any]:
        base = "kernel-pca" if "kernel-pca" in self.reducers else "pca"
        vectors, indexed = unit_rows(self._reduced(base, 100)), self._search.indexed
        inertia: list[float] = []
        precision: dict[str, list[dict[str, float]]] = {}
        counts = [count for count in CLUSTER_COUNTS if count * 5 <= indexed]
        for name in [name for name in CLUSTERERS if name != "none"]:
            precision[name] = []
            for count in counts:
                clusterer = CLUSTERERS.create(name, n_clusters=count, random_state=self._seed)
                fitted = clusterer.fit(vectors[:indexed])
                precision[name].append(self._search.precision(vectors, fitted.predict(vectors)))
                if name == "kmeans":
                    inertia.append(float(fitted.info()["inertia"]))
        return {"base": base, "counts": counts, "inertia": inertia, "precision": precision}

    def _dimensions(self) -> dict[str, Any]:
        dim = self._study.catalog.encoder.dim
        raw = self._search.precision(unit_rows(self._search.features()))[MEAN]
        swept: dict[str, Any] = {"none": {"dims": [dim], "precision": [raw]}}
        for name in self.reducers:
            if name == "none":
                continue
            widest = min(self._search.indexed - 1, dim)
            dims = [each for each in DIMENSIONS.get(name, FEW_DIMENSIONS) if each <= widest]
            nested = self._reduced(name, dims[-1]) if name in NESTED else None
            scored = []
            for each in dims:
                vectors = self._reduced(name, each) if nested is None else nested[:, :each]
                scored.append(self._search.precision(unit_rows(np.ascontiguousarray(vectors)))[MEAN])
            swept[name] = {"dims": dims, "precision": scored}
        return swept

    def _probes(self) -> dict[str, Any]:
        swept: dict[str, Any] = {}
        for result in self._study.results:
            if result.method.recipe.clusterer == "none" or result.protocol != self._protocol:
                continue
            with SearchClient.open(self._study.store(result)) as client:
                total = len(client.manifest.clusters)
                probes = [probe for probe in (1, 2, 3, 5, 8, 13) if probe < total] + [total]
                asked = [self._ask(client, probe) for probe in probes]
            precision, milliseconds = ([pair[at] for pair in asked] for at in (0, 1))
            swept[result.method.name] = {"probes": probes, "precision": precision, "ms": milliseconds}
        return swept

    def _ask(self, client: SearchClient, probe: int) -> tuple[float, float]:
        """Mean Precision@6 of the queries, and the median milliseconds of one."""
        products = [item.product for item in self._split.queries]
        features = self._study.catalog.features.get([item.content for item in self._split.queries])
        spent, answers = [], []
        for product, row in zip(products, features, strict=True):
            begin = time.perf_counter()
            hits = client.similar_to_features_batch(row[None], STUDY_K + 1, probe=probe)[0]
            spent.append(time.perf_counter() - begin)
            answers.append([hit for hit in hits if hit.id != product.id][:STUDY_K])
        scored = self._study.scoring.attributes
        values = score([product.values for product in products], answers, k=STUDY_K, attributes=scored)
        return self._search.means(values)[MEAN], float(1000 * np.median(spent))

    def _map(self, reducer: str) -> dict[str, Any]:
        rng = np.random.default_rng(self._seed)
        indexed = self._split.indexed
        items = [indexed[at] for at in np.sort(rng.permutation(len(indexed))[:SAMPLE])]
        features = self._study.catalog.features.get([item.content for item in items])
        fitted = REDUCERS.create(reducer, n_components=2, random_state=self._seed).fit(features, self._columns(items))
        points = fitted.transform(features)
        names = {key: [label(item.product.values.get(key, OTHER)) for item in items] for key in self.mapped}
        return {"x": points[:, 0].round(4).tolist(), "y": points[:, 1].round(4).tolist(), "names": names}

    def _reduced(self, name: str, dim: int) -> Float:
        """float32[n, dim] of all items of the search, by a reducer that is fitted on the indexed ones."""
        features, indexed = self._search.features(), self._search.indexed
        width = min(dim, indexed - 1, features.shape[1])
        reducer = REDUCERS.create(name, n_components=width, random_state=self._seed)
        vectors = reducer.fit(features[:indexed], self._columns(self._split.indexed)).transform(features)
        return np.ascontiguousarray(vectors)

    def _columns(self, items: Sequence[EncodedProduct]) -> AttributeColumns:
        return attribute_columns(items, self._study.scoring.attributes)

    def _kept(self, name: str, compute: Callable[[], dict[str, Any]], more: Sequence[str] = ()) -> dict[str, Any]:
        """The sweep's result, from disk when its inputs are the same."""
        key = self._key(name, more)
        path = self._folder / f"{name}.json"
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if kept["key"] == key:
                return kept
        swept = {"key": key, **compute()}
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(swept), "utf-8")
        temporary.replace(path)
        return swept

    def _key(self, name: str, more: Sequence[str]) -> str:
        encoder, scoring = self._study.catalog.encoder.fingerprint, self._study.scoring
        facts = (name, self._seed, encoder, self.reducers, self._split.digest, scoring, self._split.categories, more)
        return hashlib.sha256(repr(facts).encode()).hexdigest()
