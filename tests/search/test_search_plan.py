"""A plan is worked out without an index: from options and a manifest to requests, from answers to hits."""

import numpy as np
import pytest

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Examples, Manifest, Step
from likewise.ingest.index.filters import EVERYTHING, All, OneOf
from likewise.ingest.model import Capabilities
from likewise.search import SearchOptions
from likewise.search.asking.questions import Question
from likewise.search.asking.search_plan import SearchPlan

SPEC = EncoderSpec("fake", "fp32", "f" * 16, (12,))
PLAIN = Manifest(SPEC, Step("pca"), Step("kmeans"), 2, 2, "hash", clusters={"0": 5, "1": 3, "2": 1})
LEARNED = Manifest(
    SPEC, Step("attributes"), Step("kmeans"), 2, 3, "hash",
    capabilities=Capabilities(("gender",), prior=0.25, threshold=0.7), clusters={"0": 9},
)  # fmt: skip
VECTORS = np.array([[1, 0], [0, 1]], np.float32)


def test_a_request_for_each_query_looks_into_its_clusters_without_the_product_itself():
    options = SearchOptions(4, {"gender": "Men"}, score_threshold=0.5)
    plan = SearchPlan.of(options, PLAIN)
    assert plan.clusters == 1
    first, second = (
        plan.query(Question(row[None], VECTORS[:0], (None,), (name,)), plan.within(clusters))
        for row, clusters, name in zip(VECTORS, [("0",), ("2", "1")], ["15970", "4711"], strict=True)
    )
    assert (first.limit, first.exclude, first.score_threshold, first.exact) == (4, ("15970",), 0.5, False)
    assert first.filter == All((OneOf("gender", ("Men",)), OneOf("cluster", ("0",))))
    assert second.exclude == ("4711",)
    assert second.filter == All((OneOf("gender", ("Men",)), OneOf("cluster", ("2", "1"))))
    np.testing.assert_array_equal([first.vector, second.vector], VECTORS)


@pytest.mark.parametrize(
    ("probe", "clusters", "exact"),
    [(1, 1, False), (2, 2, False), (3, None, False), (9, None, False), ("all", None, True)],
)
def test_only_all_is_exact_and_all_clusters_need_no_condition(probe, clusters, exact):
    plan = SearchPlan.of(SearchOptions(probe=probe), PLAIN)
    assert (plan.clusters, plan.exact) == (clusters, exact)
    if clusters is None:
        (asked, _) = Question.of_vectors(VECTORS)
        assert plan.query(asked, plan.within(None)).filter == EVERYTHING
        assert plan.query(asked).exclude == ()


# Matches by cluster: 4, 0, 3, 2, together 9; None where a ranking ends before it holds enough.
@pytest.mark.parametrize(
    ("probe", "ranked", "needed", "chosen"),
    [
        (1, "0123", 4, "0"),
        (1, "0123", 5, "012"),
        (2, "0123", 4, "01"),
        (2, "0123", 8, "0123"),
        (1, "3021", 3, "30"),
        (1, "1", 1, None),
        (2, "0", 4, None),
        (1, "0123", 10, None),
    ],
)
def test_the_fewest_nearest_clusters_that_hold_enough_are_chosen(probe, ranked, needed, chosen):
    plan = SearchPlan.of(SearchOptions(probe=probe), PLAIN)
    assert plan.nearest(ranked, {"0": 4, "2": 3, "3": 2}, needed) == (chosen and tuple(chosen))


@pytest.mark.parametrize(
    # 1 - prior before the index vector's numbers, and prior before those of the attributes.
    ("prior", "expected"),
    [(None, [0.75, 0, 0.25]), (0.0, [1, 0, 0]), (1.0, [0, 0, 1])],
)
def test_a_prior_weighs_the_attributes(prior, expected):
    plan = SearchPlan.of(SearchOptions(prior=prior), LEARNED)
    points = np.array([[1, 0, 1]], np.float32)
    (asked,) = Question.of_vectors(points)
    np.testing.assert_allclose(plan.query(asked).vector, expected)
    np.testing.assert_array_equal(plan.index_vectors(points), [[1, 0]])


def test_a_confident_search_has_the_calibrated_threshold():
    assert SearchPlan.of(SearchOptions(score_threshold="confident"), LEARNED).score_threshold == 0.7
    assert SearchPlan.of(SearchOptions(prior=0.0), PLAIN).prior is None


@pytest.mark.parametrize(
    ("manifest", "options", "text"),
    [
        (PLAIN, {"prior": 0.5}, "'pca', which learns no attributes"),
        (PLAIN, {"score_threshold": "confident"}, "'pca' has no calibrated threshold"),
        (LEARNED, {"score_threshold": "confident", "prior": 0.25}, "leave out the prior"),
        (PLAIN, {"where": {"price": "5"}}, "cannot be filtered by 'price'"),
    ],
)
def test_what_an_index_does_not_have_is_named(manifest, options, text):
    with pytest.raises(ParameterError, match=text):
        SearchPlan.of(SearchOptions(**options), manifest)


SEVERAL = Question(VECTORS, np.array([[0.6, 0.8]], np.float32), ("0", None))


def test_several_examples_are_asked_for_by_their_strategy():
    found = SearchPlan.of(SearchOptions(strategy="sum_scores"), PLAIN).query(SEVERAL).vector
    assert isinstance(found, Examples)
    assert found.strategy == "sum_scores"
    np.testing.assert_array_equal(found.liked, VECTORS)
    # Twice the mean of (1, 0) and (0, 1) without (0.6, 0.8) is (0.4, 0.2), which gets the length 1.
    mean = SearchPlan.of(SearchOptions(strategy="average_vector"), PLAIN).query(SEVERAL).vector
    np.testing.assert_allclose(mean, np.array([0.4, 0.2]) / np.sqrt(0.2), rtol=1e-6)


@pytest.mark.parametrize(
    # (0, 1) is liked itself, and 0.8 like what is disliked; (0.6, 0.8) is disliked itself.
    ("strategy", "vector", "score"),
    [
        ("best_score", (0, 1), 1.0),
        ("best_score", (0.6, 0.8), -1.0),
        ("sum_scores", (0, 1), 0 + 1 - 0.8),
        ("average_vector", (1, 0), 0.4 / np.sqrt(0.2)),
    ],
)
def test_a_plan_scores_as_a_store_does(strategy, vector, score):
    plan = SearchPlan.of(SearchOptions(strategy=strategy), PLAIN)
    assert plan.score(SEVERAL, np.array(vector, np.float32)) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"group_by": "style"}, "cannot be filtered by 'style'"),
        ({"boost": "price"}, "No column 'price'"),
        ({"boost": "gender"}, "no best value"),
    ],
)
def test_an_order_that_an_index_does_not_have_is_named(options, text):
    with pytest.raises(ParameterError, match=text):
        SearchPlan.of(SearchOptions(**options), PLAIN)
