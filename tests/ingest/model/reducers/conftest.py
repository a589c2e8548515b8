"""Features with a known shape: families of products, each a curved sheet in 24 dimensions."""

from collections.abc import Callable

import numpy as np
import pytest

FAMILIES, WIDTH = 5, 24


def draw(count: int, seed: int) -> np.ndarray:
    """Non-negative float32[count, 24], as an average pool gives; the same sheets whatever the seed."""
    shape = np.random.default_rng(7)
    centres = shape.normal(size=(FAMILIES, WIDTH)) * 2
    tangents, bends = shape.normal(size=(2, FAMILIES, 3, WIDTH))
    rng = np.random.default_rng(seed)
    family = rng.integers(FAMILIES, size=count)
    position = rng.uniform(-1, 1, (count, 3))
    sheet = np.einsum("ij,ijk->ik", position, tangents[family]) + np.einsum("ij,ijk->ik", position**2, bends[family])
    noise = rng.normal(size=(count, WIDTH)) * 0.05
    return np.maximum(centres[family] + sheet + noise + 3, 0).astype(np.float32)


@pytest.fixture(scope="session")
def sheets() -> Callable[[int, int], np.ndarray]:
    return draw


@pytest.fixture(scope="session")
def seen() -> np.ndarray:
    X = draw(320, 0)
    X.flags.writeable = False
    return X


@pytest.fixture(scope="session")
def unseen() -> np.ndarray:
    X = draw(80, 1)
    X.flags.writeable = False
    return X
