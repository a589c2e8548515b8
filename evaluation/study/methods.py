"""The rows of the study's Table I, and how each is built."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Recipe
from likewise.search.asking.options import Probe


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the comparison.

    Attributes:
        name: as `--methods` takes it.
        title: as tables and figures show it.
        recipe: its reducer and clusterer, with their parameters.
        probe: clusters that a query looks into.
        joined: sees all parts that the encoder joined, not only the study's features; is asked by pictures alone.
        published: the study's Precision@6 in per cent by category, and its seconds a query (`seconds`).
    """

    name: str
    title: str
    recipe: Recipe
    probe: Probe = "all"
    joined: bool = False
    published: dict[str, float] = field(default_factory=dict)


def _published(footwear: float, apparel: float, accessories: float, seconds: float) -> dict[str, float]:
    return {"Footwear": footwear, "Apparel": apparel, "Accessories": accessories, "seconds": seconds}


LEARNED = "attributes"
"""Our row beside the study's: it learns from the catalog's attributes, on an encoder's joined features."""

REFERENCE = "none"
"""The method that the others are tested against: the encoder's own features."""

CLUSTERED_ON = "kernel-pca"
"""The study fits its clusters on kernel-PCA vectors."""

_REDUCED = {
    "pca": ("PCA", _published(75.8, 79.53, 79.7, 3.4)),
    "kernel-pca": ("kernel PCA", _published(77.4, 81.23, 81.94, 3.4)),
    "isomap": ("Isomap", _published(75, 78.33, 80.1, 3.4)),
    "umap": ("UMAP", _published(77.23, 79.34, 80.23, 3.4)),
    "tsne": ("t-SNE", _published(76.23, 79.87, 80.1, 3.4)),
}
_CLUSTERED = {
    "spectral": ("spectral clustering", _published(77.59, 81.47, 79.36, 2.7)),
    "kmeans": ("k-means", _published(76.59, 80.6, 79.10, 2.7)),
}


def study_methods(
    *, components: int = 100, clusters: int | str = 10, seed: int = 0, parts: Sequence[int] | None = None
) -> dict[str, Method]:
    """Name to method: the eight rows of the study's Table I, in its order, and the learned one.

    Args:
        components: width of the reduced vectors.
        clusters: of the clustered rows.
        seed: of every method.
        parts: widths of the parts that the encoder joins, for the learned one.
    """
    reduced = {"n_components": components, "random_state": seed}
    plain = Recipe(reducer="none", reducer_params={}, clusterer="none", clusterer_params={}, seed=seed)
    methods = [Method("none", "ResNet-50", plain, published=_published(76.76, 79.53, 80.26, 11))]
    methods += [
        Method(name, f"{title} {components}-d", replace(plain, reducer=name, reducer_params=reduced), published=figures)
        for name, (title, figures) in _REDUCED.items()
    ]
    on = replace(plain, reducer=CLUSTERED_ON, reducer_params=reduced)
    grouped = {"n_clusters": clusters, "random_state": seed}
    methods += [
        Method(name, title, replace(on, clusterer=name, clusterer_params=grouped), 1, published=figures)
        for name, (title, figures) in _CLUSTERED.items()
    ]
    learned = {**reduced, "blocks": None if parts is None else list(parts)}
    recipe = replace(plain, reducer=LEARNED, reducer_params=learned)
    methods.append(Method(LEARNED, f"attributes {components}-d", recipe, joined=True))
    return {method.name: method for method in methods}


def choose(names: Iterable[str], known: dict[str, Method]) -> list[Method]:
    """The named methods, in the table's order.

    Raises:
        ParameterError: an unknown name; the text lists the known ones.
    """
    wanted = list(names) or list(known)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"Unknown method {name!r}.{hint} Known: {', '.join(known)}.")
    return [method for name, method in known.items() if name in wanted]
