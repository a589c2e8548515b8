"""An ensemble of small networks, with what a search needs of it in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ....arrays import Arrays, Float
from .vocabulary import split_columns

_ARRAYS = ("hidden", "hidden_bias", "output", "output_bias")


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks of one hidden layer with a softmax for each attribute, whose log-probabilities are averaged.

    Attributes:
        sizes: number of values of each attribute.
        hidden: float32[m, h, k] and `hidden_bias` float32[m, h], of each member.
        output: float32[m, c, h] and `output_bias` float32[m, c], c values over all attributes.
    """

    sizes: tuple[int, ...]
    hidden: Float
    hidden_bias: Float
    output: Float
    output_bias: Float

    def log_probabilities(self, inputs: Float) -> Float:
        """Mean over the members of their log-probabilities of float32[n, k]: float32[n, c]."""
        total = np.zeros((len(inputs), self.output.shape[1]), np.float32)
        for at in range(len(self.hidden)):
            units = gelu(inputs @ self.hidden[at].T + self.hidden_bias[at])
            total += log_softmax(units @ self.output[at].T + self.output_bias[at], self.sizes)
        return total / np.float32(len(self.hidden))

    def arrays(self) -> Arrays:
        """As plain arrays."""
        return {f"networks.{name}": getattr(self, name) for name in _ARRAYS}

    @classmethod
    def restore(cls, arrays: Arrays, sizes: Sequence[int]) -> Self:
        """Take `arrays()` back."""
        return cls(tuple(sizes), *(arrays[f"networks.{name}"] for name in _ARRAYS))


def gelu(x: Float) -> Float:
    """Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016), the one that the training uses."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))), dtype=np.float32)


def log_softmax(logits: Float, sizes: Sequence[int]) -> Float:
    """Log-probabilities float32[n, c] of logits, with a softmax over the values of each attribute."""
    # Imported here, because a search by a product's id needs no probabilities, and this costs it 0.15 s.
    from scipy.special import log_softmax as over_columns

    return np.hstack([over_columns(part, axis=1) for part in split_columns(logits, sizes)])
