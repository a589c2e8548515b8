"""What an index keeps of a product, and what of that is the catalog's own."""

from pathlib import Path

import pytest

from likewise.ingest.catalog import Product, catalog_fingerprint, catalog_payload, digest, payload
from likewise.ingest.images import Folder, Picture

SHIRT = Product("7", (Picture("images/7.jpg", Folder(Path())),), {"gender": "Men", "year": "2011"}, row=3)


def test_a_payload_has_the_values_and_our_own_keys():
    assert payload(SHIRT, ("abc",), "4") == {
        "id": "7",
        "gender": "Men",
        "year": "2011",
        "image": "images/7.jpg",
        "cluster": "4",
        "content": "abc",
    }


def test_neither_the_cluster_nor_a_predicted_value_is_the_catalogs():
    full = payload(SHIRT, ("abc",), "4")
    filled = {**full, "cluster": "5", "season": "Fall", "predicted": ["season"]}
    assert catalog_payload(filled) == catalog_payload(full)
    assert digest(filled) == digest(full)
    assert "cluster" not in catalog_payload(full)


# Of every release: an index whose digests differ is compared as if each of its products had changed.
def test_a_digest_is_what_it_was():
    assert digest(payload(SHIRT, ("abc",), "4")).hex() == "dcbd719def2e4c73569fa8e1a5cdf172"


@pytest.mark.parametrize("change", [{"id": "8"}, {"gender": "Women"}, {"image": "images/8.jpg"}, {"content": "abd"}])
def test_every_part_counts_in_the_digest(change):
    full = payload(SHIRT, ("abc",), "4")
    assert digest({**full, **change}) != digest(full)


def test_a_fingerprint_does_not_depend_on_the_order():
    assert catalog_fingerprint([b"one", b"two"]) == catalog_fingerprint([b"two", b"one"])
    assert catalog_fingerprint([b"one", b"two"]) != catalog_fingerprint([b"one"])
