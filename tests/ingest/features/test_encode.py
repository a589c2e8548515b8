"""A catalog's pictures are encoded once each, batch by batch, and what cannot be read is named."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.catalog import FASHION, Product, read_catalog
from likewise.ingest.features import (
    EncodedCatalog,
    EncodedProduct,
    FeatureCache,
    attribute_columns,
    blocks,
    encode_catalog,
    encode_pixels,
)
from likewise.ingest.images import Folder, Picture
from likewise.ingest.progress import Silent


@pytest.fixture
def encode(tmp_path):
    def encode(folder, encoder, *, batch_size=8):
        cache = FeatureCache(tmp_path / "cache", encoder.spec)
        return encode_catalog(read_catalog(folder), encoder, cache, batch_size=batch_size, progress=Silent())

    return encode


@pytest.mark.parametrize("batch_size", [1, 7, 48, 500])
def test_the_features_are_those_of_each_picture_whatever_the_batch(catalog, encoder, encode, batch_size):
    encoded = encode(catalog, encoder, batch_size=batch_size)
    assert len(encoded) == encoded.encoded == encoder.seen == 48
    features = encoded.features.get([item.content for item in encoded])
    for at, item in enumerate(encoded):
        with Image.open(catalog / item.product.pictures[0].ref) as image:
            alone = encode_pixels([encoder.prepare(image)], encoder)
        np.testing.assert_array_equal(features[at], alone[0])


def test_a_second_run_encodes_what_is_new(catalog, make_catalog, make_encoder, encode):
    encode(catalog, make_encoder())
    make_catalog(catalog, 50)
    again = make_encoder()
    assert encode(catalog, again).encoded == again.seen == 2


def test_an_interrupted_run_repeats_at_most_one_batch(catalog, make_encoder, encode):
    with pytest.raises(KeyboardInterrupt):
        encode(catalog, make_encoder(fail_after=32))
    again = make_encoder()
    encode(catalog, again)
    assert again.seen == 16


def test_the_same_picture_of_two_products_is_encoded_once(catalog, encoder, encode):
    first, second = sorted((catalog / "images").iterdir())[:2]
    second.write_bytes(first.read_bytes())
    encoded = encode(catalog, encoder)
    assert (len(encoded), encoder.seen) == (48, 47)


def test_a_picture_that_cannot_be_decoded_is_a_reject_of_its_row(catalog, encoder, encode):
    (catalog / "images" / "103.png").write_bytes(b"none")
    encoded = encode(catalog, encoder)
    assert [(each.id, each.reason, each.file, each.row) for each in encoded.rejects] == [
        ("103", "wrong-format", "images/103.png", 5)
    ]
    assert (len(encoded), encoded.rows) == (47, 48)


def items(count: int) -> list[EncodedProduct]:
    source = Folder(None)
    return [
        EncodedProduct(
            Product(str(at), (Picture(f"{at}.jpg", source),), {"gender": "Men"} if at % 2 else {}), (f"{at}",)
        )
        for at in range(count)
    ]


def ids(products) -> list[str]:
    return [item.product.id for item in products]


@pytest.fixture
def ten(encoder) -> EncodedCatalog:
    return EncodedCatalog(items(10), None, encoder.spec, FASHION, Folder(None), "root", ["a reject"], 11, 3)


class TestEncodedCatalog:
    def test_blocks_cover_it_in_order(self, ten):
        assert [ids(block) for block in ten.blocks(4)] == [list("0123"), list("4567"), list("89")]
        assert list(blocks([])) == []

    def test_a_sample_is_seeded_and_in_order(self, ten):
        sample = ids(ten.sample(4, seed=1))
        assert sample == sorted(sample) == ids(ten.sample(4, seed=1))
        assert len(sample) == 4
        assert any(ids(ten.sample(4, seed=seed)) != sample for seed in range(2, 5))
        assert ids(ten.sample(10, seed=1)) == ids(ten)

    def test_an_even_spread(self, ten):
        assert ids(ten.spread(3)) == ["0", "3", "6", "9"]
        assert ids(ten.spread(100)) == ids(ten)

    def test_a_subset_is_a_catalog_of_its_own(self, ten):
        part = ten.subset([ten.items[7], ten.items[2]])
        assert (ids(part), part.rows, part.rejects, part.encoded) == (["7", "2"], 2, (), 0)

    def test_further_products_come_last(self, ten):
        more = ten.extended(items(1))
        assert ids(more) == [*ids(ten), "0"]
        assert (more.rows, more.rejects) == (11, ["a reject"])

    def test_columns_are_empty_where_a_product_has_no_value(self, ten):
        columns = attribute_columns(ten.items[:3], ["gender", "season"])
        assert {name: column.tolist() for name, column in columns.items()} == {
            "gender": ["", "Men", ""],
            "season": ["", "", ""],
        }
        assert attribute_columns([], ["gender"])["gender"].shape == (0,)
