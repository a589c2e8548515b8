"""Single products, now: a version of their own, and nothing else of the catalog."""

import pytest
from PIL import Image

from likewise.ingest import Job, Recipe, RejectLimit, Rules, ingest, remove_products, update_products
from likewise.ingest import run as run_job
from likewise.ingest.catalog import REJECTS_FILE
from likewise.ingest.errors import NotFoundError, ParameterError, StoreBusyError, TooManyRejectsError

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
LIMIT = RejectLimit.parse("50%")


@pytest.fixture
def indexed(any_store, catalog, encoder):
    (catalog / "images" / "110.png").write_bytes(b"broken")
    ingest(catalog, any_store, recipe=RECIPE, encoder=encoder, rules=Rules(reject_limit=LIMIT))
    return any_store


@pytest.fixture
def update(indexed, catalog, encoder):
    return lambda *ids: update_products(Job(catalog, indexed, encoder=encoder), ids)


def relabel(catalog, product):
    table = catalog / "styles.csv"
    table.write_text(table.read_text().replace(f"\n{product},Men,", f"\n{product},Unisex,"))


def repaint(catalog, product):
    Image.new("RGB", (30, 40), (10, 200, 10)).save(catalog / "images" / f"{product}.png")


def content(store):
    with store.open() as reader:
        return {record.id: record.payload for record in reader.scroll()}


def test_only_the_products_that_are_named_change(update, indexed, catalog, encoder):
    before, seen = content(indexed), encoder.seen
    for product in ("103", "104"):
        repaint(catalog, product)
    for product in ("106", "108"):
        relabel(catalog, product)
    outcome = update("103", "106")
    assert (outcome.outcome, outcome.published) == ("updated", True)
    assert (outcome.parent, outcome.version) == ("v000001", "v000002")
    assert (outcome.changes["changed"], outcome.changes["relabelled"]) == (1, 1)
    assert encoder.seen - seen == 1
    after = content(indexed)
    assert {each for each in before if before[each] != after[each]} == {"103", "106"}
    assert indexed.rollback() == "v000001"
    assert content(indexed) == before


def test_of_two_new_products_the_named_one_is_added(update, indexed, catalog, make_catalog):
    make_catalog(catalog, 50)
    update("149")
    assert "149" in content(indexed)
    assert "148" not in content(indexed)


def test_what_is_as_it_was_makes_no_version(update, indexed):
    assert update("103").outcome == "nothing"
    assert indexed.current() == "v000001"


def test_the_other_rejects_stay_and_a_mended_one_goes(update, indexed, catalog, make_catalog, encoder):
    repaint(catalog, "103")
    outcome = update("103")
    assert [reject.id for reject in outcome.rejects] == ["110"]
    assert outcome.manifest.rejects == 1
    with indexed.open() as reader:
        assert reader.attachment(REJECTS_FILE).decode().count("\n110,") == 1
    make_catalog(catalog)
    assert update("110").rejects == []
    assert run_job(Job(catalog, indexed, RECIPE, Rules(reject_limit=LIMIT), encoder)).changes["added"] == 0


def test_a_product_that_cannot_be_indexed_changes_nothing(update, indexed, catalog):
    repaint(catalog, "103")
    with pytest.raises(TooManyRejectsError, match="110"):
        update("103", "110")
    (catalog / "images" / "104.png").unlink()
    with pytest.raises(TooManyRejectsError, match="row 6"):
        update("104")
    assert indexed.current() == "v000001"


def test_an_id_that_the_catalog_does_not_have_is_named(update, indexed):
    with pytest.raises(NotFoundError, match="'9' and 1 others"):
        update("103", "9", "10")
    assert indexed.current() == "v000001"


def test_removed_products_are_gone_and_all_else_is_as_it_was(indexed):
    before = content(indexed)
    outcome = remove_products(indexed, ["103", "104", "103"])
    assert (outcome.outcome, outcome.products, outcome.changes["removed"]) == ("updated", 45, 2)
    assert content(indexed) == {each: value for each, value in before.items() if each not in ("103", "104")}
    assert sum(outcome.manifest.clusters.values()) == 45
    assert [reject.id for reject in outcome.rejects] == ["110"]
    indexed.rollback()
    assert content(indexed) == before


def test_a_run_with_the_catalog_brings_a_removed_product_back(indexed, catalog, encoder):
    first = indexed.open().manifest.catalog_fingerprint
    remove_products(indexed, ["103"])
    outcome = run_job(Job(catalog, indexed, RECIPE, Rules(reject_limit=LIMIT), encoder))
    assert outcome.changes["added"] == 1
    assert outcome.manifest.catalog_fingerprint == first


def test_what_cannot_be_removed_is_said(indexed):
    with pytest.raises(NotFoundError, match="no product with the id 'x'"):
        remove_products(indexed, ["103", "x"])
    with pytest.raises(ParameterError, match="No product would be left"):
        remove_products(indexed, list(content(indexed)))
    assert indexed.current() == "v000001"


def test_an_index_that_is_not_there_is_said(any_store, catalog, encoder):
    with pytest.raises(NotFoundError, match="Nothing is published"):
        update_products(Job(catalog, any_store, encoder=encoder), ["103"])
    with pytest.raises(NotFoundError, match="Nothing is published"):
        remove_products(any_store, ["103"])


def test_one_run_at_a_time(indexed, catalog):
    there = [indexed.folder] if hasattr(indexed, "folder") else [indexed._connection, indexed.name]
    with indexed.exclusive(), pytest.raises(StoreBusyError):
        remove_products(type(indexed)(*there), ["103"])


def test_the_parent_of_an_update_may_have_been_updated_before(update, indexed, catalog):
    for product in ("101", "102", "103"):
        repaint(catalog, product)
        update(product)
    remove_products(indexed, ["101"])
    assert len(content(indexed)) == 46
    assert [indexed.rollback() for _ in range(4)][-1] == "v000001"
