"""Unit vectors in known groups."""

import numpy as np
import pytest

GROUPS, WIDTH = 6, 8


def draw(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit float32[count, 8] around six directions, and the group of each row."""
    centres = np.random.default_rng(5).normal(size=(GROUPS, WIDTH))
    rng = np.random.default_rng(seed)
    group = rng.integers(GROUPS, size=count)
    X = centres[group] + 0.25 * rng.normal(size=(count, WIDTH))
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), group


@pytest.fixture(scope="session")
def seen() -> tuple[np.ndarray, np.ndarray]:
    return draw(360, 0)


@pytest.fixture(scope="session")
def unseen() -> tuple[np.ndarray, np.ndarray]:
    return draw(120, 1)
