"""How a search is asked: how many hits, in how many clusters, how good, and how much attributes weigh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.manifest import Manifest
from likewise.ingest.index.stores import Condition
from likewise.ingest.model.model import cluster_label, weighed

Probe = int | Literal["all"]
"""How many of the nearest clusters to look into."""

Threshold = float | Literal["confident"] | None
"""Least score of a hit."""


def check_question(k: int, probe: Probe, threshold: float | None) -> None:
    """Check the numbers of a search.

    Raises:
        ParameterError: names the one that is impossible.
    """
    if not 1 <= k <= 10_000:
        raise ParameterError(f"k must be between 1 and 10,000; received {k}.")
    if probe != "all" and (isinstance(probe, str) or probe < 1):
        raise ParameterError(f'probe must be a number of clusters (1, 2, …) or "all"; received {probe!r}.')
    if threshold is not None and not -1 <= threshold <= 1:
        raise ParameterError(f"A score threshold is between -1 and 1; received {threshold}.")


def cluster_conditions(
    queries: int,
    clusters: int,
    probe: Probe,
    own: Sequence[str] | None,
    rank: Callable[[int], NDArray[np.intp]],
) -> list[tuple[Condition, ...]]:
    """Which clusters each query looks into; no condition where it is all of them.

    Args:
        queries: their number.
        clusters: number of the index's clusters.
        probe: how many to look into.
        own: each query's own cluster, where it is known and the only one wanted: no model is needed then.
        rank: the nearest clusters of every query, intp[queries, count], best first.
    """
    if probe == "all" or clusters == 1 or probe >= clusters:
        return [()] * queries
    if own is not None:
        return [(Condition("cluster", (cluster,)),) for cluster in own]
    return [(Condition("cluster", tuple(cluster_label(at) for at in row)),) for row in rank(probe)]


def weigh(manifest: Manifest, stored: Float, prior: float | None) -> Float:
    """Stored vectors float32[n, width] as queries, with the weight `prior`, or the index's own, on attributes.

    Raises:
        ParameterError: no weight, or an index that learned no attributes.
    """
    if prior is not None and not 0 <= prior <= 1:
        raise ParameterError(f"prior is a weight between 0 and 1; received {prior}.")
    if manifest.stored == manifest.dim:
        if prior:
            raise ParameterError(
                f"The index was built with the reducer {manifest.reducer.name!r}, which learns no attributes; a prior "
                "needs one built with `--reducer attributes`."
            )
        return stored
    return weighed(stored, manifest.dim, manifest.reducer.info["prior"] if prior is None else prior)


def least_score(manifest: Manifest, threshold: Threshold, prior: float | None) -> float | None:
    """The threshold as a number.

    Raises:
        ParameterError: "confident" where nothing was calibrated, or with another prior than the calibrated one.
    """
    if threshold != "confident":
        return threshold
    found = manifest.reducer.info.get("confident")
    if found is None:
        raise ParameterError(f"The reducer {manifest.reducer.name!r} has no calibrated threshold; give a number.")
    if prior is not None:
        raise ParameterError("The confident threshold was calibrated for the index's own prior; leave out the prior.")
    return float(found)
