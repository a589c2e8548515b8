"""Precision@k and Recall@k as pure functions of attribute matrices.

Attributes are integer codes; -1 stands for unknown. An attribute unknown on the query's side cannot be
judged and leaves the denominator; unknown on a hit's side, it is a miss. Where nothing can be judged the score
is NaN, which the means in `intervals` leave out.

All functions raise `ParameterError` when shapes do not fit or a k is not among the hits' ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.errors import ParameterError

Codes = NDArray[np.int32]
Scores = NDArray[np.float64]

UNKNOWN = -1


def encode_attributes(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Codes:
    """Attribute values as codes int32[n, a], equal exactly where the values are; -1 where empty or absent.

    Lists are equal where they have the same members: in which order, and how often, says nothing.

    Codes of two calls cannot be compared: encode queries and hits together.
    """
    codes = np.full((len(rows), len(names)), UNKNOWN, np.int32)
    for column, name in enumerate(names):
        known: dict[Any, int] = {}
        for at, row in enumerate(rows):
            value = row.get(name)
            if isinstance(value, list | tuple):
                value = frozenset(value)
            if value not in (None, "", frozenset()):
                codes[at, column] = known.setdefault(value, len(known))
    return codes


def attribute_matches(query: Codes, hits: Codes) -> Scores:
    """Share of the k hits that agree with the query, by attribute; its mean over a row is `precision_at_k`.

    Args:
        query: int32[n, a].
        hits: int32[n, k, a]; a hit that did not come back is a row of -1.

    Returns:
        float64[n, a] in [0, 1]; NaN where the query's attribute is unknown.
    """
    _check(query, hits, [hits.shape[1]])
    shares: Scores = (hits == query[:, None, :]).mean(axis=1)
    shares[query == UNKNOWN] = np.nan
    return shares


def precision_at_k(query: Codes, hits: Codes) -> Scores:
    """The study's Precision@k: a hit scores the share of the query's known attributes that it matches.

    Args:
        query: int32[n, a].
        hits: int32[n, k, a]; a hit that did not come back is a row of -1, and scores 0: k is the denominator.

    Returns:
        float64[n] in [0, 1]; NaN for a query without any known attribute.
    """
    return precision_at_ks(query, hits, [hits.shape[1]])[:, 0]


def precision_at_ks(query: Codes, hits: Codes, ks: Sequence[int]) -> Scores:
    """`precision_at_k` for several k in one pass: float64[n, len(ks)]."""
    _check(query, hits, ks)
    known = query != UNKNOWN
    matches = ((hits == query[:, None, :]) & known[:, None, :]).sum(axis=2)
    # Counts are summed before the one division, so that k perfect hits score exactly 1.
    totals = np.cumsum(matches, axis=1)[:, np.asarray(ks) - 1]
    return _divide(totals, known.sum(axis=1)[:, None] * np.asarray(ks))


def relevant_counts(query: NDArray[np.int32], catalog: NDArray[np.int32], *, in_catalog: bool) -> NDArray[np.int64]:
    """How many products share the query's value of one attribute: int64[n], 0 where it is unknown.

    Args:
        query: int32[n], the attribute of each query.
        catalog: int32[m], the same attribute of all products that can be found.
        in_catalog: the queries are themselves among the m products, and do not count.
    """
    sizes = np.bincount(catalog[catalog != UNKNOWN], minlength=int(query.max(initial=0)) + 1)
    counts: NDArray[np.int64] = np.where(query == UNKNOWN, 0, np.maximum(sizes[query] - int(in_catalog), 0))
    return counts


def recall_at_k(query: NDArray[np.int32], hits: NDArray[np.int32], relevant: NDArray[np.int64]) -> Scores:
    """Share of all relevant products that are among the k hits.

    Relevant is what has the query's value of one attribute, the article type unless told otherwise. All of
    it is the denominator, also where that is more than k.

    Args:
        query: int32[n], the attribute of each query.
        hits: int32[n, k], the attribute of its hits, the query itself left out; -1 for a hit that did not come back.
        relevant: int64[n] from `relevant_counts`.

    Returns:
        float64[n] in [0, 1]; NaN where nothing is relevant, to be left out of means.

    Raises:
        ParameterError: also when more relevant hits came back than there are relevant products.
    """
    return recall_at_ks(query, hits, relevant, [hits.shape[1]])[:, 0]


def recall_at_ks(
    query: NDArray[np.int32], hits: NDArray[np.int32], relevant: NDArray[np.int64], ks: Sequence[int]
) -> Scores:
    """`recall_at_k` for several k in one pass: float64[n, len(ks)]."""
    _check(query[:, None], hits[:, :, None], ks)
    if relevant.shape != query.shape:
        raise ParameterError(f"{len(query)} queries need one relevant count each; received shape {relevant.shape}.")
    found = np.cumsum((hits == query[:, None]) & (query[:, None] != UNKNOWN), axis=1)
    total = np.where(query == UNKNOWN, 0, relevant)
    excess = found[:, -1] > total
    if excess.any():
        row = int(np.argmax(excess))
        raise ParameterError(
            f"Query {row} found {found[row, -1]} relevant products of {total[row]}; "
            "leave the query itself and repeated products out of its hits."
        )
    found = found[:, np.asarray(ks) - 1]
    return _divide(found, np.broadcast_to(total[:, None], found.shape))


def _divide(above: NDArray[Any], below: NDArray[Any]) -> Scores:
    shares: Scores = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return shares


def _check(query: NDArray[Any], hits: NDArray[Any], ks: Sequence[int] = ()) -> None:
    if query.ndim != 2 or hits.ndim != 3 or query.shape != (hits.shape[0], hits.shape[2]):
        raise ParameterError(f"Queries {query.shape} and hits {hits.shape} are not [n, a] and [n, k, a].")
    if any(not 1 <= k <= hits.shape[1] for k in ks):
        raise ParameterError(f"k must lie between 1 and the {hits.shape[1]} hits a query; received {list(ks)}.")
