"""Calibrated probabilities of attributes from an ensemble of small networks, in plain numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..arrays import Arrays
from ..estimator import Float


@dataclass(frozen=True, slots=True)
class Posterior:
    """Networks of one hidden layer with a softmax for each attribute, averaged as logarithms.

    Attributes:
        sizes: number of values of each attribute.
        hidden: float32[m, h, k] and `hidden_bias` float32[m, h], of each member.
        output: float32[m, c, h] and `output_bias` float32[m, c], c values over all attributes.
        temperature: float32[a]; the logits are divided by them.
        accuracy: float32[a] on products that a member was not trained on.
    """

    sizes: tuple[int, ...]
    hidden: Float
    hidden_bias: Float
    output: Float
    output_bias: Float
    temperature: Float
    accuracy: Float

    def probabilities(self, inputs: Float) -> Float:
        """float32[n, k] to float32[n, c]; each attribute's part of a row sums to 1."""
        return calibrated(self.logits(inputs), self.sizes, self.temperature)

    def logits(self, inputs: Float) -> Float:
        """Mean over the members of their logarithms of probabilities, float32[n, c]."""
        total = np.zeros((len(inputs), self.output.shape[1]), np.float32)
        for at in range(len(self.hidden)):
            units = gelu(inputs @ self.hidden[at].T + self.hidden_bias[at])
            total += log_softmax(units @ self.output[at].T + self.output_bias[at], self.sizes)
        return total / np.float32(len(self.hidden))

    def arrays(self) -> Arrays:
        """As plain arrays."""
        names = ("hidden", "hidden_bias", "output", "output_bias", "temperature", "accuracy")
        return {f"posterior.{name}": getattr(self, name) for name in names}

    @classmethod
    def restore(cls, arrays: Arrays, sizes: Sequence[int]) -> Self:
        """Take `arrays()` back."""
        names = ("hidden", "hidden_bias", "output", "output_bias", "temperature", "accuracy")
        return cls(tuple(sizes), *(arrays[f"posterior.{name}"] for name in names))


def gelu(x: Float) -> Float:
    """Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016), as in the training."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))), dtype=np.float32)


def log_softmax(logits: Float, sizes: Sequence[int]) -> Float:
    """Logarithms of probabilities, for each attribute's part of float32[n, c]."""
    parts = []
    for part in np.split(logits, np.cumsum(sizes)[:-1], axis=1):
        shifted = part - part.max(axis=1, keepdims=True)
        parts.append(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
    return np.hstack(parts)


def calibrated(logits: Float, sizes: Sequence[int], temperature: Float) -> Float:
    """Probabilities of float32[n, c] logits, each attribute's divided by its temperature."""
    scaled = np.asarray(logits / np.repeat(temperature, sizes), dtype=np.float32)
    return np.asarray(np.exp(log_softmax(scaled, sizes)), dtype=np.float32)
