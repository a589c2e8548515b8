"""Near-duplicates against brute force, across the edges of the blocks."""

import tracemalloc

import numpy as np
import pytest

from likewise.evaluation.near_duplicates import near_duplicates
from likewise.ingest.errors import ParameterError
from likewise.ingest.model.estimator import unit_rows


def unit(rng, n, d):
    return unit_rows(rng.normal(size=(n, d)).astype(np.float32))


def test_by_hand():
    # Cosines to (1, 0): 1, 0.8, 0, -1. Over 0.7: rows 0 and 1.
    corpus = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
    found = near_duplicates(corpus[:1], corpus, 0.7)
    assert [rows.tolist() for rows in found] == [[0, 1]]


def test_a_query_from_the_corpus_is_not_its_own_duplicate():
    # Rows 0 and 2 are the same picture; row 1 is alone.
    corpus = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    at = np.array([2, 1, 0])
    assert [rows.tolist() for rows in near_duplicates(corpus[at], corpus, rows=at)] == [[0], [], [2]]


def test_blocks_do_not_show():
    rng = np.random.default_rng(0)
    corpus = unit(rng, 9000, 6)
    at = rng.permutation(9000)[:600]
    cosines = corpus[at].astype(np.float64) @ corpus.T.astype(np.float64)
    cosines[np.arange(600), at] = -1
    expected = [np.flatnonzero(row > 0.95) for row in cosines]
    found = near_duplicates(corpus[at], corpus, 0.95, rows=at)
    assert sum(map(len, expected)) > 600
    # float32 may decide differently on a cosine within rounding of the threshold; with this seed none is.
    assert np.abs(cosines - 0.95).min() > 2e-7
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in expected]


def test_memory_does_not_grow_with_the_cosines():
    rng = np.random.default_rng(0)
    corpus, queries = unit(rng, 20_000, 16), unit(rng, 1500, 16)
    tracemalloc.start()
    near_duplicates(queries, corpus)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All cosines at once would be 1500 x 20000 x 4 bytes = 120 MB.
    assert peak < 24e6


def test_zero_vectors_and_empty_sides_have_no_duplicates():
    corpus = np.array([[0, 0], [1, 0]], np.float32)
    assert [rows.tolist() for rows in near_duplicates(corpus, corpus)] == [[], [1]]
    assert [rows.tolist() for rows in near_duplicates(corpus, corpus[:0])] == [[], []]
    assert near_duplicates(corpus[:0], corpus) == []


@pytest.mark.parametrize(("value", "shown"), [(2.0, "length 2"), (np.nan, "length nan")])
def test_vectors_that_are_not_unit_are_named(value, shown):
    good = np.eye(3, dtype=np.float32)
    bad = good.copy()
    bad[2, 2] = value
    with pytest.raises(ParameterError, match=f"corpus vector in row 2 has {shown}"):
        near_duplicates(good, bad)
    with pytest.raises(ParameterError, match=f"query vector in row 2 has {shown}"):
        near_duplicates(bad, good)


def test_arguments_that_do_not_fit_are_refused():
    eye = np.eye(3, dtype=np.float32)
    with pytest.raises(ParameterError, match=r"\(3, 2\) and \(3, 3\)"):
        near_duplicates(eye[:, :2], eye)
    with pytest.raises(ParameterError, match=r"received 98"):
        near_duplicates(eye, eye, 98)
    with pytest.raises(ParameterError, match="one row a query"):
        near_duplicates(eye, eye, rows=np.array([0]))
