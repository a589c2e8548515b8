"""One of a group where products have several pictures: the main one says which group a product is of."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Recipe, ingest
from likewise.search import SearchClient

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
COUNT = 60
ALL = {"probe": "all"}


def main(number):
    """Three products each have the same main picture."""
    return number % (COUNT // 3)


def draw(path, number):
    pixels = np.kron(np.random.default_rng(number).integers(0, 255, (4, 4, 3), dtype=np.uint8), np.ones((6, 6, 1)))
    Image.fromarray(pixels.astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def client(shared_store, make_encoder, tmp_path_factory):
    """Sixty products; every second one has a further picture, which is the main one of another product."""
    folder = tmp_path_factory.mktemp("groups") / "shop"
    (folder / "images").mkdir(parents=True)
    for number in range(COUNT):
        draw(folder / "images" / f"{number}.png", main(number))
        if number % 2 == 0:
            draw(folder / "images" / f"{number}_1.png", main(number + 7))
    rows = [f"{number},{('red', 'blue')[number // 2 % 2]}" for number in range(COUNT)]
    (folder / "styles.csv").write_text("\n".join(["id,colour", *rows]) + "\n")
    ingest(folder, shared_store, recipe=RECIPE, encoder=make_encoder(), cache=folder.parent / "cache")
    with SearchClient.open(shared_store, encoder=make_encoder()) as client:
        assert client.manifest.several
        yield client


def group(hit, key):
    value = hit.payload[key]
    return value[0] if isinstance(value, list) else value


def assert_best_of_each(hits, plain, key, k):
    """The hits are the best of the first `k` groups among all products in their plain order."""
    best = {}
    for hit in plain:
        best.setdefault(group(hit, key), hit.score)
    # By scores: pictures that two products share make equal ones.
    assert len({group(hit, key) for hit in hits}) == len(hits) == min(k, len(best))
    assert [hit.score for hit in hits] == pytest.approx([best[group(hit, key)] for hit in hits], abs=2e-5)
    assert [hit.score for hit in hits] == pytest.approx(sorted(best.values(), reverse=True)[:k], abs=2e-5)


@pytest.mark.parametrize("key", ["content", "cluster"])
def test_each_group_is_shown_once_by_its_best(client, key):
    for number in range(0, COUNT, 7):
        plain = client.similar(str(number), COUNT, **ALL)
        for k in (1, 2, 4, COUNT):
            assert_best_of_each(client.similar(str(number), k, group_by=key, **ALL), plain, key, k)


@pytest.mark.parametrize("key", ["content", "cluster"])
def test_of_each_group_the_best_is_shown_by_its_boost_too(client, key):
    best = {}
    for hit in client.similar("5", COUNT, **ALL):
        best.setdefault(group(hit, key), []).append(hit.score + (hit.payload["colour"] == "red"))
    hits = client.similar("5", COUNT, boost="colour=red:1", group_by=key, **ALL)
    assert len(hits) == len(best)
    sums = {group(hit, key): hit.score + (hit.payload["colour"] == "red") for hit in hits}
    assert sums == pytest.approx({value: max(gains) for value, gains in best.items()}, abs=2e-5)


@pytest.mark.parametrize("key", ["content", "cluster"])
def test_pages_of_groups_hold_each_once(client, key):
    groups = {group(hit, key) for hit in client.similar("5", COUNT, **ALL)}
    shown, offset = [], 0
    while offset is not None:
        page = client.similar("5", 3, group_by=key, offset=offset)
        shown += [group(hit, key) for hit in page]
        offset = page.next
    assert len(shown) == len(groups)
    assert set(shown) == groups


def test_what_is_liked_is_grouped_alike(client):
    plain = client.recommend(["5", "8"], k=COUNT, **ALL)
    assert_best_of_each(client.recommend(["5", "8"], k=12, group_by="content", **ALL), plain, "content", 12)


def test_a_fallback_shows_no_group_again(client):
    hits = client.similar("5", 15, where={"colour": "red"}, group_by="content", fallback=True, **ALL)
    shown = [group(hit, "content") for hit in hits]
    assert len(shown) == len(set(shown)) == 15
