"""Precision@k and Recall@k against hand-worked matrices, and the properties that hold for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from likewise.evaluation.metrics import (
    attribute_matches,
    encode_attributes,
    precision_at_k,
    precision_at_ks,
    recall_at_k,
    recall_at_ks,
    relevant_counts,
)
from likewise.ingest.errors import ParameterError

NAMES = ("gender", "masterCategory", "subCategory", "articleType", "baseColour")


def row(*values):
    return dict(zip(NAMES, values, strict=True))


def coded(query, hits):
    """One query and its hits as int32[1, 5] and int32[1, k, 5]."""
    codes = encode_attributes([query, *hits], NAMES)
    return codes[:1], codes[None, 1:]


SHIRT = row("Men", "Apparel", "Topwear", "Shirts", "Blue")
SHIRT_HITS = [
    row("Men", "Apparel", "Topwear", "Shirts", "Blue"),  # 5 of 5
    row("Men", "Apparel", "Topwear", "Shirts", "Red"),  # 4 of 5: colour differs
    row("Women", "Apparel", "Topwear", "Tops", "Blue"),  # 3 of 5: gender, article type
    row("Unisex", "Footwear", "Shoes", "Heels", "Black"),  # 0 of 5
]


def test_precision_is_the_mean_share_of_equal_attributes():
    # (5 + 4 + 3 + 0) / (4 hits x 5 attributes) = 12 / 20
    assert precision_at_k(*coded(SHIRT, SHIRT_HITS)) == pytest.approx([0.6])


def test_precision_at_every_k_in_one_pass():
    # k = 1: 5/5; k = 2: 9/10; k = 3: 12/15; k = 4: 12/20
    scores = precision_at_ks(*coded(SHIRT, SHIRT_HITS), [4, 1, 2, 3])
    np.testing.assert_allclose(scores, [[0.6, 1.0, 0.9, 0.8]])


def test_attribute_matches_are_columns_of_the_same_matrix():
    # gender 2 of 4, masterCategory 3, subCategory 3, articleType 2, baseColour 2; mean = 12 / 20
    shares = attribute_matches(*coded(SHIRT, SHIRT_HITS))
    np.testing.assert_allclose(shares, [[0.5, 0.75, 0.75, 0.5, 0.5]])


def test_hits_that_did_not_come_back_count_as_wrong():
    # One perfect hit of k = 4: 5 / 20
    query, hits = coded(SHIRT, [SHIRT, {}, {}, {}])
    assert precision_at_k(query, hits) == pytest.approx([0.25])


def test_attribute_unknown_on_the_query_leaves_its_denominator():
    # Without a colour four attributes remain: (4 + 4 + 2 + 0) / (4 x 4)
    query, hits = coded(SHIRT | {"baseColour": ""}, SHIRT_HITS)
    assert precision_at_k(query, hits) == pytest.approx([10 / 16])
    np.testing.assert_allclose(attribute_matches(query, hits), [[0.5, 0.75, 0.75, 0.5, np.nan]])


def test_attribute_unknown_on_both_sides_is_no_match():
    query, hits = coded(SHIRT | {"baseColour": ""}, [row("Women", "Footwear", "Shoes", "Heels", "")])
    assert precision_at_k(query, hits) == [0.0]


def test_attribute_unknown_on_the_hit_is_no_match():
    query, hits = coded(SHIRT, [SHIRT | {"baseColour": ""}])
    assert precision_at_k(query, hits) == pytest.approx([0.8])


def test_query_without_any_attribute_cannot_be_scored():
    query, hits = coded({}, SHIRT_HITS)
    assert np.isnan(precision_at_k(query, hits)).all()
    assert np.isnan(attribute_matches(query, hits)).all()


def test_codes_keep_na_as_a_value_and_take_empty_none_and_absent_as_unknown():
    codes = encode_attributes([{"usage": "NA"}, {"usage": ""}, {"usage": None}, {}, {"usage": "NA"}], ["usage"])
    assert codes[:, 0].tolist() == [0, -1, -1, -1, 0]
    assert codes.dtype == np.int32


def test_no_queries_give_no_scores():
    empty = np.empty((0, 5), np.int32), np.empty((0, 6, 5), np.int32)
    assert precision_at_k(*empty).shape == (0,)
    assert attribute_matches(*empty).shape == (0, 5)


# Article types: 0 shirts, 1 heels, 2 a single watch; the fourth product's is unknown.
CATALOG = np.array([0, 0, 0, -1, 1, 1, 2, 0], np.int32)


def test_relevant_counts_leave_the_query_itself_out():
    query = np.array([0, 1, 2, -1, 7], np.int32)
    assert relevant_counts(query, CATALOG, in_catalog=False).tolist() == [4, 2, 1, 0, 0]
    assert relevant_counts(query, CATALOG, in_catalog=True).tolist() == [3, 1, 0, 0, 0]
    assert relevant_counts(query, CATALOG[:0], in_catalog=False).tolist() == [0, 0, 0, 0, 0]


def test_recall_by_hand():
    # Shirts: 3 others are relevant; found at ranks 1 and 3. Heels: 1 other, at rank 2. Watch: none is relevant.
    query = np.array([0, 1, 2], np.int32)
    hits = np.array([[0, 1, 0], [0, 1, -1], [0, 0, 0]], np.int32)
    relevant = relevant_counts(query, CATALOG, in_catalog=True)
    np.testing.assert_allclose(
        recall_at_ks(query, hits, relevant, [1, 2, 3]),
        [[1 / 3, 1 / 3, 2 / 3], [0, 1, 1], [np.nan, np.nan, np.nan]],
    )
    np.testing.assert_allclose(recall_at_k(query, hits, relevant), [2 / 3, 1, np.nan])


def test_recall_of_a_query_without_the_attribute_is_undefined():
    unknown = np.array([-1], np.int32)
    assert np.isnan(recall_at_k(unknown, np.array([[-1, -1]], np.int32), np.array([5]))).all()


def test_query_among_its_own_hits_is_refused():
    # One other heel is relevant; two came back, so one of them is the query.
    with pytest.raises(ParameterError, match="Query 0 found 2 relevant products of 1"):
        recall_at_k(np.array([1], np.int32), np.array([[1, 1]], np.int32), np.array([1]))


@pytest.mark.parametrize("ks", [[0], [7], [1, -1]])
def test_k_beyond_the_hits_is_refused(ks):
    query, hits = np.zeros((2, 5), np.int32), np.zeros((2, 6, 5), np.int32)
    with pytest.raises(ParameterError, match="between 1 and the 6 hits"):
        precision_at_ks(query, hits, ks)
    with pytest.raises(ParameterError, match="between 1 and the 6 hits"):
        recall_at_ks(query[:, 0], hits[:, :, 0], np.array([9, 9]), ks)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match=r"\(2, 5\) and hits \(3, 6, 5\)"):
        precision_at_k(np.zeros((2, 5), np.int32), np.zeros((3, 6, 5), np.int32))
    with pytest.raises(ParameterError, match="one relevant count each"):
        recall_at_k(np.zeros(2, np.int32), np.zeros((2, 6), np.int32), np.array([9]))
    with pytest.raises(ParameterError, match="the 0 hits"):
        attribute_matches(np.zeros((2, 5), np.int32), np.zeros((2, 0, 5), np.int32))


@st.composite
def searches(draw):
    """A query matrix int32[n, a] and its hits int32[n, k, a], few values so that matches are common."""
    n, k, a = (draw(st.integers(1, 5)) for _ in range(3))
    values = st.integers(-1, 2)
    query = draw(hnp.arrays(np.int32, (n, a), elements=values))
    return query, draw(hnp.arrays(np.int32, (n, k, a), elements=values))


@settings(deadline=None)
@given(searches(), st.randoms(use_true_random=False))
def test_order_within_k_does_not_matter(search, random):
    query, hits = search
    order = list(range(hits.shape[1]))
    random.shuffle(order)
    np.testing.assert_array_equal(precision_at_k(query, hits[:, order]), precision_at_k(query, hits))
    np.testing.assert_array_equal(attribute_matches(query, hits[:, order]), attribute_matches(query, hits))


@settings(deadline=None)
@given(searches())
def test_precision_is_one_exactly_when_all_known_attributes_agree(search):
    query, hits = search
    agree = ((hits == query[:, None]) | (query[:, None] == -1)).all(axis=(1, 2)) & (query != -1).any(axis=1)
    np.testing.assert_array_equal(precision_at_k(query, hits) == 1, agree)


@settings(deadline=None)
@given(searches())
def test_precision_is_the_mean_of_the_attribute_shares(search):
    query, hits = search
    scores = precision_at_k(query, hits)
    for score, shares in zip(scores, attribute_matches(query, hits), strict=True):
        known = shares[~np.isnan(shares)]
        assert np.isnan(score) if not len(known) else score == pytest.approx(known.mean())


@settings(deadline=None)
@given(searches())
def test_many_ks_agree_with_one_k_at_a_time(search):
    query, hits = search
    ks = range(1, hits.shape[1] + 1)
    one_by_one = np.stack([precision_at_k(query, hits[:, :k]) for k in ks], axis=1)
    np.testing.assert_array_equal(precision_at_ks(query, hits, ks), one_by_one)


@settings(deadline=None)
@given(searches())
def test_recall_grows_with_k_and_stays_in_its_range(search):
    query, hits = search[0][:, 0], search[1][:, :, 0]
    relevant = np.full(len(query), hits.shape[1])
    recall = recall_at_ks(query, hits, relevant, range(1, hits.shape[1] + 1))
    known = recall[query != -1]
    assert (np.diff(known, axis=1) >= 0).all()
    assert ((known >= 0) & (known <= 1)).all()
    assert np.isnan(recall[query == -1]).all()
