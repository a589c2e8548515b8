"""Products with several pictures: found by any of them, and once."""

import csv

import numpy as np
import pytest
from PIL import Image

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, ReadingOptions, Recipe, RejectLimit, Rules, ingest, remove_products, update_products
from likewise.ingest import run as run_job
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

COUNT = 40
RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
LIMIT = RejectLimit.parse("50%")


def draw(path, number, view):
    """Views of a product have nothing in common but their product."""
    rng = np.random.default_rng([number, view])
    pixels = np.kron(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8), np.ones((6, 6, 1), np.uint8))
    Image.fromarray(pixels).save(path)


@pytest.fixture
def shop(tmp_path):
    """Forty products, every second with three views."""
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    for number in range(COUNT):
        draw(folder / "images" / f"{number}.png", number, 0)
        for view in (1, 2) if number % 2 == 0 else ():
            draw(folder / "images" / f"{number}_{view}.png", number, view)
    lines = [f"{number},{('red', 'blue')[number % 2]},{('a', 'b', 'c')[number % 3]}" for number in range(COUNT)]
    (folder / "styles.csv").write_text("\n".join(["id,colour,kind", *lines]) + "\n")
    return folder


@pytest.fixture
def indexed(any_store, shop, encoder):
    outcome = ingest(shop, any_store, recipe=RECIPE, encoder=encoder)
    assert (outcome.products, outcome.manifest.pictures, outcome.encoded) == (40, 80, 80)
    return any_store


@pytest.fixture
def client(indexed, encoder):
    with SearchClient.open(indexed, encoder=encoder) as client:
        yield client


def picture(shop, number, view):
    return shop / "images" / (f"{number}_{view}.png" if view else f"{number}.png")


def test_a_product_is_found_by_each_of_its_pictures_once_and_says_by_which(client, shop):
    for number in (0, 8, 38):
        for view in range(3):
            for probe in (1, "all"):
                hits = client.similar_to_image(picture(shop, number, view), 6, probe=probe)
                assert hits[0].id == str(number)
                assert hits[0].image == f"images/{number}{f'_{view}' if view else ''}.png"
                assert hits[0].score == pytest.approx(1, abs=1e-3)
                assert len({hit.id for hit in hits}) == 6
    (first,) = client.similar_to_image(picture(shop, 7, 0), 1)
    assert (first.id, first.image) == ("7", "images/7.png")


def test_products_are_counted_not_pictures(client):
    assert client.count() == 40
    assert client.count({"colour": "red"}) == 20
    assert client.facets("colour") == {"blue": 20, "red": 20}
    assert client.get("2")["image"] == ["images/2.png", "images/2_1.png", "images/2_2.png"]
    assert client.get("3")["image"] == "images/3.png"


def test_k_are_found_whenever_k_match_however_the_pictures_are_spread_over_clusters(client):
    for number in range(COUNT):
        for where, match in ((None, 39), ({"colour": "red"}, 20), ({"colour": "red", "kind": "a"}, 7)):
            wanted = min(6, match - (number % 2 == 0) * (where is not None) * (number % 6 == 0 or len(where or {}) < 2))
            assert len(client.similar(str(number), 6, where=where)) >= min(6, wanted)


def test_a_search_by_id_asks_by_the_main_picture(client):
    assert client.vector("2").shape == (8,)
    hits = client.similar("2", 39, probe="all", include_self=True)
    assert (hits[0].id, hits[0].image) == ("2", "images/2.png")


def test_one_broken_picture_of_several_is_a_warning(any_store, shop, encoder):
    picture(shop, 4, 1).write_bytes(b"broken")
    picture(shop, 5, 0).write_bytes(b"broken")
    outcome = ingest(shop, any_store, recipe=RECIPE, rules=Rules(reject_limit=LIMIT), encoder=encoder)
    assert [(each.id, each.file) for each in outcome.rejects] == [("5", "images/5.png")]
    assert [(each.id, each.file, each.reason) for each in outcome.warnings] == [("4", "images/4_1.png", "wrong-format")]
    with SearchClient.open(any_store) as client:
        assert client.get("4")["image"] == ["images/4.png", "images/4_2.png"]


def test_updates_follow_every_picture(indexed, shop, encoder):
    draw(picture(shop, 4, 2), 4, 9)
    picture(shop, 6, 1).unlink()
    picture(shop, 8, 1).unlink()
    picture(shop, 8, 2).unlink()
    outcome = run_job(Job(shop, indexed, encoder=encoder), Gate(GateRules(max_drop=100)))
    assert (outcome.outcome, outcome.published) == ("updated", True)
    assert (outcome.changes["changed"], outcome.encoded, outcome.manifest.pictures) == (3, 1, 77)
    assert run_job(Job(shop, indexed, encoder=encoder)).outcome == "nothing"
    with SearchClient.open(indexed, encoder=encoder) as client:
        assert client.similar_to_image(picture(shop, 4, 2), 1)[0].image == "images/4_2.png"
    assert indexed.rollback() == "v000001"


def test_single_products_come_and_go(indexed, shop, encoder):
    remove_products(indexed, ["4"])
    outcome = update_products(Job(shop, indexed, encoder=encoder), ["4"])
    assert (outcome.manifest.products, outcome.manifest.pictures) == (40, 80)


def test_the_first_product_with_several_pictures_makes_a_version_that_can_hold_them(any_store, shop, encoder):
    for view in (1, 2):
        for path in (shop / "images").glob(f"*_{view}.png"):
            path.unlink()
    first = ingest(shop, any_store, recipe=RECIPE, encoder=encoder).manifest
    assert not first.several
    draw(picture(shop, 9, 1), 9, 1)
    with pytest.raises(ParameterError, match="several pictures"):
        update_products(Job(shop, any_store, encoder=encoder), ["9"])
    outcome = run_job(Job(shop, any_store, encoder=encoder))
    assert (outcome.outcome, outcome.manifest.several) == ("updated", True)
    assert outcome.manifest.model_hash == first.model_hash
    assert outcome.manifest.reducer == first.reducer
    with SearchClient.open(any_store, encoder=encoder) as client:
        assert client.similar_to_image(picture(shop, 9, 1), 1)[0].image == "images/9_1.png"


def test_a_backup_holds_every_picture(indexed, shop, encoder, tmp_path):
    with indexed.open() as reader:
        export_version(reader, tmp_path / "shop.likewise", Silent())
    other = EmbeddedStore(tmp_path / "other", create=True)
    other.publish(restore_version(other, tmp_path / "shop.likewise", Silent()))
    with SearchClient.open(other, encoder=encoder) as client, SearchClient.open(indexed, encoder=encoder) as before:
        asked = picture(shop, 8, 2)
        found, told = (each.similar_to_image(asked, 6) for each in (client, before))
        assert [(hit.id, hit.image) for hit in found] == [(hit.id, hit.image) for hit in told]


def test_ids_that_begin_alike_keep_their_own_pictures(any_store, tmp_path, encoder):
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    for at, name in enumerate(("1", "1_1", "1_2", "2", "3", "4", "5", "6")):
        draw(folder / "images" / f"{name}.png", at, 0)
    (folder / "styles.csv").write_text("id\n1\n1_1\n2\n3\n4\n5\n6\n")
    recipe = Recipe(reducer_params={"n_components": 3}, clusterer_params={"n_clusters": 2})
    ingest(folder, any_store, recipe=recipe, encoder=encoder)
    with SearchClient.open(any_store) as client:
        assert client.get("1")["image"] == ["images/1.png", "images/1_2.png"]
        assert client.get("1_1")["image"] == "images/1_1.png"


@pytest.mark.parametrize("form", ["list", "columns", "json", "spaces"])
def test_a_column_may_hold_several_and_several_columns_one_each(any_store, shop, encoder, form):
    names = {"photo": "images/{0}.png", "more": "images/{0}_1.png", "last": "images/{0}_2.png"}
    with (shop / "shop.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "colour", *names])
        for number in range(0, COUNT, 2):
            cells = [name.format(number) for name in names.values()]
            joined = {"list": "|".join(cells), "json": str(cells).replace("'", '"'), "spaces": ", ".join(cells)}
            writer.writerow([number, "red", *(cells if form == "columns" else [joined[form], "", ""])])
    columns = tuple(names) if form == "columns" else ("photo",)
    recipe = Recipe(
        reducer_params={"n_components": 8},
        clusterer_params={"n_clusters": 4},
        reading=ReadingOptions(image_columns=columns, drop=() if form == "columns" else ("more", "last")),
    )
    outcome = ingest(shop / "shop.csv", any_store, recipe=recipe, encoder=encoder)
    assert (outcome.products, outcome.manifest.pictures) == (20, 60)
