"""Likes, variety, groups, boosts and pages: the same on every store, and expected answers come from the vectors."""

from itertools import pairwise

import numpy as np
import pytest
from any_shop import RECIPE, row, write
from PIL import Image

from likewise.ingest import ingest
from likewise.ingest.errors import NotFoundError, ParameterError
from likewise.search import SearchClient

ALL = {"probe": "all"}


@pytest.fixture(scope="module")
def setting(shared_store, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    table = write(folder / "shop", [row(number) for number in range(120)])
    ingest(table, shared_store, recipe=RECIPE, encoder=make_encoder(), cache=folder / "cache")
    with SearchClient.open(shared_store, encoder=make_encoder()) as client:
        ids = sorted(client.ids())
        yield client, ids, np.stack([client.vector(name) for name in ids]), folder / "shop" / "photos"


@pytest.fixture
def client(setting):
    return setting[0]


def ids(hits):
    return [hit.id for hit in hits]


def cosines(setting, *names):
    """Of every product to each of the named ones, float[n, len(names)]."""
    _, order, vectors, _ = setting
    return vectors @ vectors[[order.index(name) for name in names]].T


def assert_best_first(hits, setting, scores, left_out):
    """The hits' scores are these, and the greatest there are among what may be shown."""
    _, order, _, _ = setting
    expected = {name: score for name, score in zip(order, scores, strict=True) if name not in left_out}
    assert [hit.score for hit in hits] == pytest.approx([expected[hit.id] for hit in hits], abs=2e-5)
    best = sorted(expected.values(), reverse=True)[: len(hits)]
    assert [hit.score for hit in hits] == pytest.approx(best, abs=2e-5)


def test_the_best_score_is_the_similarity_to_the_nearest_example(setting, client):
    liked, disliked = ("A-001", "A-002"), ("A-003",)
    near, far = cosines(setting, *liked).max(axis=1), cosines(setting, *disliked)[:, 0]
    hits = client.recommend(liked, disliked, 12, **ALL)
    assert_best_first(hits, setting, np.where(near > far, near, -far), (*liked, *disliked))


def test_sums_of_scores_are_those_of_likes_without_those_of_dislikes(setting, client):
    liked, disliked = ("A-001", "A-002"), ("A-003",)
    sums = cosines(setting, *liked).sum(axis=1) - cosines(setting, *disliked)[:, 0]
    hits = client.recommend(liked, disliked, 12, strategy="sum_scores", **ALL)
    assert_best_first(hits, setting, sums, (*liked, *disliked))


def test_the_average_vector_is_twice_the_mean_of_likes_without_that_of_dislikes(setting, client):
    _, order, vectors, _ = setting
    one, two, three = (vectors[order.index(name)] for name in ("A-001", "A-002", "A-003"))
    mean = one + two - three
    hits = client.recommend(["A-001", "A-002"], ["A-003"], 12, strategy="average_vector", **ALL)
    assert_best_first(hits, setting, vectors @ mean / np.linalg.norm(mean), ("A-001", "A-002", "A-003"))


def test_one_liked_product_is_a_search_for_it(client):
    assert client.recommend(["A-010"], k=9) == client.similar("A-010", 9)


def test_pictures_and_products_are_liked_alike(setting):
    client, _, _, photos = setting
    path = photos / "5.png"
    answers = [
        client.recommend(["A-001", example], k=7, include_self=True)
        for example in ("A-005", path, path.read_bytes(), client.features([path])[0])
    ]
    for answer in answers[1:]:
        assert [hit.score for hit in answer] == pytest.approx([hit.score for hit in answers[0]], abs=1e-4)


def test_a_threshold_holds_for_likes_too(setting, client):
    liked = ("A-001", "A-002")
    near = cosines(setting, *liked).max(axis=1)
    least = float(np.sort(near)[-12])
    found = client.recommend(liked, k=120, score_threshold=least - 1e-4, **ALL)
    assert len(found) == 12 - 2
    assert min(hit.score for hit in found) >= least - 2e-4


@pytest.mark.parametrize(
    ("liked", "disliked", "error", "text"),
    [
        ([], ["A-001"], ParameterError, "at least one liked"),
        ("A-001", [], ParameterError, "are lists"),
        (["A-001"] * 101, [], ParameterError, "at most 100 examples"),
        (["A-001"], ["A-999"], NotFoundError, "A-999"),
        ([np.ones(3, np.float32)], [], ParameterError, "3"),
    ],
)
def test_impossible_examples_are_named(client, liked, disliked, error, text):
    with pytest.raises(error, match=text):
        client.recommend(liked, disliked)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"probe": 2},
        {"probe": "all"},
        {"where": {"brand": ["Nike", "Puma"]}},
        {"diversity": 0.5},
        {"group_by": "stock"},
        {"boost": ["in_stock", "-price"]},
        {"distinct": 0.999},
        {"diversity": 0.3, "group_by": "price", "boost": "added"},
    ],
    ids=str,
)
def test_pages_are_pieces_of_one_order_that_ends_when_all_is_shown(client, how):
    pages, offset = [], 0
    while offset is not None:
        page = client.similar("A-020", 7, offset=offset, **how)
        assert len(page) == 7 or page.next is None
        pages += page
        offset = page.next
    shown = ids(pages)
    assert len(set(shown)) == len(shown)
    whole = client.similar("A-020", 7 * 18, **how, **({} if "probe" in how else ALL))
    assert set(shown) == set(ids(whole))
    if how.get("probe") == "all":
        assert [hit.score for hit in pages] == pytest.approx([hit.score for hit in whole], abs=2e-5)


def test_pages_end_with_a_threshold(client):
    first = client.similar("A-020", 5, score_threshold=0.2)
    assert len(first) == 5
    shown, page = len(first), first
    while page.next is not None:
        page = client.similar("A-020", 5, score_threshold=0.2, offset=page.next)
        assert all(hit.score >= 0.2 for hit in page)
        shown += len(page)
    assert shown < 119


def test_diversity_is_maximal_marginal_relevance(setting, client):
    _, order, vectors, _ = setting
    hits = client.similar("A-004", 8, diversity=0.6, **ALL)
    own = vectors[order.index("A-004")]
    left, shown = [at for at, name in enumerate(order) if name != "A-004"], []
    for hit in hits:
        known = [vectors[at] for at in shown]
        gain = {at: 0.4 * (vectors[at] @ own) - 0.6 * max((vectors[at] @ v for v in known), default=0) for at in left}
        at = order.index(hit.id)
        assert gain[at] == pytest.approx(max(gain.values()), abs=1e-4)
        left.remove(at)
        shown.append(at)
    assert client.similar("A-004", 8, diversity=0.0, **ALL) == client.similar("A-004", 8, **ALL)


def test_each_group_is_shown_once_by_its_best_and_there_are_k_of_them(client):
    plain = client.similar("A-004", 119, **ALL)
    best = {}
    for hit in plain:
        best.setdefault(hit.payload["brand"], hit.id)
    assert ids(client.similar("A-004", 3, group_by="brand")) == list(best.values())
    short = client.similar("A-004", 5, group_by="brand")
    assert len(short) == 3
    assert (short.short.asked, short.short.found, short.next) == (5, 3, None)


def test_products_without_a_group_are_each_their_own(client):
    hits = client.similar("A-004", 119, group_by="price", **ALL)
    missing = [hit for hit in hits if "price" not in hit.payload]
    assert len(missing) == client.count({"price": None}) > 5
    prices = [hit.payload["price"] for hit in hits if "price" in hit.payload]
    assert len(prices) == len(set(prices))


def test_products_that_look_the_same_take_one_place(setting, client):
    _, order, vectors, _ = setting
    hits = client.similar("A-004", 20, distinct=0.98, **ALL)
    rows = vectors[[order.index(name) for name in ids(hits)]]
    alike = rows @ rows.T - 2 * np.eye(len(rows))
    assert alike.max() < 0.98


@pytest.mark.parametrize("k", [3, 50])
@pytest.mark.parametrize("least", [0.9, 0.98])
@pytest.mark.parametrize("key", ["stock", "colour", "price"])
def test_a_group_whose_best_looks_like_another_hit_is_shown_by_its_next(client, key, least, k):
    shown = []
    for hit in client.similar("A-004", 119, **ALL):
        value, own = hit.payload.get(key), client.vector(hit.id)
        met = value is not None and value in [other.payload.get(key) for other in shown]
        if not met and all(own @ client.vector(other.id) < least for other in shown):
            shown.append(hit)
    assert ids(client.similar("A-004", k, group_by=key, distinct=least, **ALL)) == ids(shown)[:k]


@pytest.mark.parametrize(
    ("boost", "gain"),
    [
        ("in_stock:1", lambda payload: float(payload["in_stock"])),
        ("brand=Puma:1", lambda payload: float(payload["brand"] == "Puma")),
        ("-brand=Puma:1", lambda payload: float(payload["brand"] != "Puma")),
        ("sizes=XL:1", lambda payload: float("XL" in payload.get("sizes", []))),
    ],
)
def test_a_boost_reorders_and_leaves_none_out(client, boost, gain):
    plain = client.similar("A-004", 119, **ALL)
    hits = client.similar("A-004", 119, boost=boost, **ALL)
    assert set(ids(hits)) == set(ids(plain))
    sums = [hit.score + gain(hit.payload) for hit in hits]
    assert all(one >= two - 1e-5 for one, two in pairwise(sums))
    assert [hit.score for hit in sorted(hits, key=lambda hit: -hit.score)] == pytest.approx(
        [hit.score for hit in plain], abs=2e-5
    )


@pytest.mark.parametrize(("boost", "key", "falling"), [("-price", "price", False), ("added", "added", True)])
def test_a_boost_by_an_order_goes_by_places_and_who_has_none_gains_nothing(client, boost, key, falling):
    hits = client.similar("A-004", 119, boost=f"{boost}:1", **ALL)
    values = sorted({hit.payload[key] for hit in hits if key in hit.payload}, reverse=falling)
    place = {value: 1 - at / (len(values) - 1) for at, value in enumerate(values)}
    sums = [hit.score + place.get(hit.payload.get(key), 0) for hit in hits]
    assert all(one >= two - 1e-5 for one, two in pairwise(sums))


def test_a_short_answer_tells_what_each_condition_holds_back(client):
    where = {"brand": "Nike", "colour": "red", "stock": {"lt": 3}}
    answer = client.similar("A-004", 6, where=where, **ALL)
    assert len(answer) == answer.short.found < 6
    for obstacle, key in zip(answer.short.without, where, strict=True):
        others = {name: choice for name, choice in where.items() if name != key}
        assert obstacle.count == len(client.similar("A-004", 120, where=others, **ALL))
        assert obstacle.condition.startswith(key)
    assert client.similar("A-004", 6).short is None


def test_a_fallback_fills_the_answer_and_says_with_what(client):
    where = {"brand": "Nike", "colour": "red", "stock": {"lt": 3}}
    kept = client.similar("A-004", 6, where=where, **ALL)
    answer = client.similar("A-004", 6, where=where, fallback=True, **ALL)
    assert ids(answer)[: len(kept)] == ids(kept)
    assert len(answer) == 6
    assert len(set(ids(answer))) == 6
    for hit in answer[len(kept) :]:
        # The last condition is left out first.
        assert hit.payload["brand"] == "Nike"
        assert hit.dropped
        assert ("stock: {'lt': 3}" in hit.dropped) == (hit.payload["stock"] >= 3)
    assert answer.fallback[-1] == "stock: {'lt': 3}"
    assert all(hit.dropped == () for hit in answer[: len(kept)])


def test_what_always_holds_cannot_be_lifted(setting, shared_store, make_encoder):
    with SearchClient.open(shared_store, encoder=make_encoder(), always={"in_stock": True}) as shut:
        sold_out = next(iter(setting[0].ids({"in_stock": False})))
        assert set(shut.ids()) == set(setting[0].ids({"in_stock": True}))
        assert shut.count({"in_stock": False}) == 0
        assert shut.facets("brand") == setting[0].facets("brand", {"in_stock": True})
        answer = shut.similar("A-004", 6, where={"stock": 49, "in_stock": False}, fallback=True)
        assert answer
        assert all(hit.payload["in_stock"] for hit in answer)
        for ask in (shut.get, shut.similar, shut.vector, lambda name: shut.recommend(["A-004"], [name])):
            with pytest.raises(NotFoundError):
                ask(sold_out)


def test_a_part_of_a_picture_is_asked_for(setting):
    client, _, _, photos = setting
    part = (0.25, 0, 0.75, 1)
    with Image.open(photos / "5.png") as image:
        cut = image.convert("RGB").crop((3, 0, 12, 12))
    expected = client.similar_to_image(cut, 5)
    for found in (
        client.similar_to_image(photos / "5.png", 5, rectangle=part),
        client.similar("A-005", 5, rectangle="0.25,0,0.75,1", include_self=True),
    ):
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-5)
    assert "A-005" not in ids(client.similar("A-005", 5, rectangle=part))
    # What is too small to compare is asked for with its surroundings.
    with Image.open(photos / "5.png") as image:
        corner = image.convert("RGB").crop((4, 0, 12, 12))
    small = client.similar_to_image(photos / "5.png", 5, rectangle=(0.95, 0, 0.01, 1))
    assert [hit.score for hit in small] == pytest.approx(
        [hit.score for hit in client.similar_to_image(corner, 5)], abs=1e-5
    )


def test_the_map_shows_every_product_that_is_admitted(setting, client):
    drawn = client.map()
    assert sorted(drawn.ids) == setting[1]
    assert drawn.places.shape == (120, 2)
    assert drawn.method == "tsne"
    red = client.map({"colour": "red"})
    place = dict(zip(drawn.ids, drawn.places.tolist(), strict=True))
    assert [place[name] for name in red.ids] == red.places.tolist()
    assert set(red.ids) == set(client.ids({"colour": "red"}))
