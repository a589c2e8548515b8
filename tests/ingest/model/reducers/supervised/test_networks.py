"""How the small networks are trained: how long, and with what noise."""

import numpy as np
import pytest
import torch

from likewise.ingest.model.reducers.supervised.network_training import batch_and_epochs, dropout, train_networks
from likewise.ingest.model.reducers.supervised.vocabulary import split_columns


@pytest.mark.parametrize(
    ("rows", "batch", "epochs"),
    [(1, 1, 15), (50, 50, 15), (675, 128, 15), (3900, 128, 8), (16_500, 257, 4), (33_000, 512, 4), (75_000, 512, 4)],
)
def test_small_catalogs_are_shown_often_and_large_ones_in_large_batches(rows, batch, epochs):
    assert batch_and_epochs(rows) == (batch, epochs)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_dropout_keeps_the_mean(share):
    dropped = dropout(torch.ones(300, 400), share, np.random.default_rng(0))
    assert float((dropped == 0).float().mean()) == pytest.approx(share, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)
    assert not torch.equal(dropped[0], dropped[1])


@pytest.mark.parametrize("members", [1, 3])
def test_every_product_is_judged_by_networks_that_learned_something(members):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, (1600, 2))
    inputs = np.hstack([np.eye(3)[codes[:, 0]], np.eye(3)[codes[:, 1]]]) + rng.normal(scale=0.3, size=(1600, 6))
    codes[:50, 1] = -1
    networks, left_out = train_networks(inputs.astype(np.float32), codes, (3, 3), members, 128, 0)
    assert left_out.shape == (1600, 6)
    for at, part in enumerate(split_columns(left_out, (3, 3))):
        known = codes[:, at] >= 0
        assert (part.argmax(axis=1) == codes[:, at])[known].mean() > 0.85
        np.testing.assert_allclose(np.exp(part).sum(axis=1), 1, atol=1e-4)
    again = train_networks(inputs.astype(np.float32), codes, (3, 3), members, 128, 0)[0]
    assert all(np.array_equal(each, again.arrays()[name]) for name, each in networks.arrays().items())
