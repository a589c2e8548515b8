"""Which catalog products are almost the same picture as a query.

A shop sells one shirt under several ids. A query whose twin is in the catalog is an easy point that says
little about a method, so the study reports its figures with and without such queries.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError

_QUERIES = 256
_CORPUS = 8192


def near_duplicates(
    queries: Float, corpus: Float, threshold: float = 0.98, *, rows: NDArray[np.intp] | None = None
) -> list[NDArray[np.intp]]:
    """For each query the ascending corpus rows whose cosine to it is over `threshold`.

    Works in blocks: beside the result, memory holds 8 MiB of cosines, whatever n and q are. A memory-mapped
    corpus is read once per 256 queries.

    Args:
        queries: float32[q, d] of unit length.
        corpus: float32[n, d] of unit length; rows of zeros are near nothing.
        threshold: cosine in [-1, 1].
        rows: intp[q], where each query stands in the corpus, so that it is not its own duplicate; default:
            the queries are not in the corpus.

    Raises:
        ParameterError: shapes that do not fit, an impossible threshold, or rows that are not of unit length.
    """
    if queries.ndim != 2 or corpus.ndim != 2 or queries.shape[1] != corpus.shape[1]:
        raise ParameterError(f"Queries [q, d] and corpus [n, d] do not fit: {queries.shape} and {corpus.shape}.")
    if not -1 <= threshold <= 1:
        raise ParameterError(f"The near-duplicate threshold is a cosine in [-1, 1]; received {threshold}.")
    if rows is not None and rows.shape != (len(queries),):
        raise ParameterError(f"{len(queries)} queries but corpus rows of shape {rows.shape}; pass one row a query.")
    found: list[NDArray[np.intp]] = []
    for start in range(0, len(queries), _QUERIES):
        block = _unit(queries[start : start + _QUERIES], "query", start)
        query_at, corpus_at = _over(block, corpus, threshold)
        if rows is not None:
            other = corpus_at != rows[start + query_at]
            query_at, corpus_at = query_at[other], corpus_at[other]
        order = np.lexsort((corpus_at, query_at))
        ends = np.searchsorted(query_at[order], np.arange(1, len(block)))
        found.extend(np.split(corpus_at[order], ends))
    return found


def _over(block: Float, corpus: Float, threshold: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (row of block, row of corpus) over the threshold."""
    query_at, corpus_at = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for start in range(0, len(corpus), _CORPUS):
        left, right = np.nonzero(block @ _unit(corpus[start : start + _CORPUS], "corpus", start).T > threshold)
        query_at.append(left)
        corpus_at.append(right + start)
    return np.concatenate(query_at), np.concatenate(corpus_at)


def _unit(block: Float, side: str, start: int) -> Float:
    lengths = np.linalg.norm(block, axis=1)
    # Written so that NaN, which is neither near 1 nor 0, is caught too.
    bad = ~((np.abs(lengths - 1) < 1e-3) | (lengths == 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise ParameterError(
            f"The {side} vector in row {start + row} has length {lengths[row]:.4g}, not 1; pass `unit_rows(features)`."
        )
    return block
