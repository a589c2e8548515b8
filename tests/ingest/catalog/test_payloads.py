"""What an index keeps of a product, and what of that is the catalog's own."""

from pathlib import Path

import pytest

from likewise.ingest.catalog import FASHION, Column, Payloads, Product, Schema, catalog_fingerprint
from likewise.ingest.images import Folder, Picture

PAYLOADS = Payloads(FASHION)
SHIRT = Product("7", (Picture("images/7.jpg", Folder(Path())),), {"gender": "Men", "year": "2011"}, row=3)


def test_a_payload_has_the_values_and_our_own_keys():
    assert PAYLOADS.make(SHIRT, ("abc",), "4") == {
        "id": "7",
        "gender": "Men",
        "year": "2011",
        "image": "images/7.jpg",
        "cluster": "4",
        "content": "abc",
    }


def test_neither_the_cluster_nor_a_predicted_value_is_the_catalogs():
    full = PAYLOADS.make(SHIRT, ("abc",), "4")
    filled = {**full, "cluster": "5", "season": "Fall", "predicted": ["season"]}
    assert PAYLOADS.of_catalog(filled) == PAYLOADS.of_catalog(full)
    assert PAYLOADS.digest(filled) == PAYLOADS.digest(full)
    assert "cluster" not in PAYLOADS.of_catalog(full)


# Of every release: an index whose digests differ is compared as if each of its products had changed.
def test_a_digest_is_what_it_was():
    assert PAYLOADS.digest(PAYLOADS.make(SHIRT, ("abc",), "4")).hex() == "dcbd719def2e4c73569fa8e1a5cdf172"


@pytest.mark.parametrize("change", [{"id": "8"}, {"gender": "Women"}, {"image": "images/8.jpg"}, {"content": "abd"}])
def test_every_part_counts_in_the_digest(change):
    full = PAYLOADS.make(SHIRT, ("abc",), "4")
    assert PAYLOADS.digest({**full, **change}) != PAYLOADS.digest(full)


def test_a_fingerprint_does_not_depend_on_the_order():
    assert catalog_fingerprint([b"one", b"two"]) == catalog_fingerprint([b"two", b"one"])
    assert catalog_fingerprint([b"one", b"two"]) != catalog_fingerprint([b"one"])


def test_our_keys_give_way_to_a_shops_columns():
    schema = Schema((Column("id"), Column("cluster"), Column("_id"), Column("tags", "list")))
    payloads = Payloads(schema)
    shirt = Product("A-7", SHIRT.pictures, {"id": "7", "cluster": "north", "_id": "x", "tags": ("a", "b")})
    made = payloads.make(shirt, ("abc",), "4")
    assert (made["id"], made["cluster"], made["_id"], made["tags"]) == ("7", "north", "x", ["a", "b"])
    assert (made["__id"], made["_cluster"]) == ("A-7", "4")
    assert payloads.of_catalog(made).get("_cluster") is None
    assert schema.filterable == ("_cluster", "content")


def test_several_pictures_are_lists_the_main_one_first():
    pair = Product("7", (*SHIRT.pictures, Picture("images/7_1.jpg", Folder(Path()))), {})
    made = PAYLOADS.make(pair, ("abc", "def"), "4")
    assert PAYLOADS.images(made) == ["images/7.jpg", "images/7_1.jpg"]
    assert PAYLOADS.contents(made) == ["abc", "def"]
    assert PAYLOADS.contents({}) == []
