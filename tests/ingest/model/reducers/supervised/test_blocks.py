import numpy as np
import pytest

from likewise.ingest.errors import ParameterError
from likewise.ingest.model.reducers.supervised.blocks import Blocks

WIDTHS = [20, 40]


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    return np.abs(rng.normal(size=(300, 6)) @ rng.normal(size=(6, 60)) + rng.normal(size=(300, 60))).astype(np.float32)


def lengths(blocks, X):
    inputs = blocks.transform(X)
    return np.stack([np.linalg.norm(part, axis=1) for part in np.split(inputs, blocks.inputs[1:-1], axis=1)])


def test_products_become_unit_vectors_in_every_block(features):
    found = lengths(Blocks.fit(features, WIDTHS, 0), features)
    assert (np.abs(found - 1) < 1e-5).mean() >= 0.97
    assert found.max() < 2


def test_what_is_longer_than_any_product_stays_long(features):
    blocks = Blocks.fit(features, WIDTHS, 0)
    assert lengths(blocks, 1000 * features).min() > 5


def test_the_scale_of_a_block_does_not_matter(features):
    scaled = features * np.repeat([1, 400], WIDTHS).astype(np.float32)
    one, other = Blocks.fit(features, WIDTHS, 0), Blocks.fit(scaled, WIDTHS, 0)
    similar = one.transform(features) @ one.transform(features).T
    np.testing.assert_allclose(other.transform(scaled) @ other.transform(scaled).T, similar, atol=1e-3)


def test_it_survives_being_arrays(features):
    blocks = Blocks.fit(features, WIDTHS, 0)
    again = Blocks.restore(blocks.arrays())
    np.testing.assert_array_equal(again.transform(features), blocks.transform(features))


def test_features_all_alike_are_no_error():
    same = np.ones((30, 60), np.float32)
    assert np.isfinite(Blocks.fit(same, WIDTHS, 0).transform(same)).all()


@pytest.mark.parametrize("widths", [[20, 41], [60, 0], [-20, 80]])
def test_widths_must_add_up(features, widths):
    with pytest.raises(ParameterError, match="blocks of"):
        Blocks.fit(features, widths, 0)
