"""Calibrated probabilities of attributes: kernel regression and networks, mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ....arrays import Arrays, Float
from .kernels import KernelRegression
from .networks import Networks, log_softmax
from .vocabulary import Codes, split_columns

FLOOR = 1e-4
"""Least estimate of a kernel regression that is taken seriously; it may also estimate 0 or less."""

SHARES = np.linspace(0, 1, 11)
TEMPERATURES = np.geomspace(0.3, 3.0, 47)

FAMILIAR = 0.995
"""Share of the catalog's products whose distance to the nearest other one counts as usual."""

_ARRAYS = ("share", "temperature", "accuracy", "reach")


@dataclass(frozen=True, slots=True)
class Posterior:
    """For each attribute a mixture of two estimates of its values' probabilities.

    A kernel regression is the better one on a few thousand products, networks are on many more. The mixture is the
    one that suits products best which neither estimate was fitted on.

    Attributes:
        sizes: number of values of each attribute.
        kernels, networks: the two estimates.
        share: float32[a], the weight of the kernel regression.
        temperature: float32[2, a]; the log-probabilities of both estimates are divided by them.
        accuracy: float32[a], how often the likeliest value is the right one, on products that were left out.
        reach: float32[], the distance to the nearest landmark up to which a picture resembles the catalog's. Farther
            away, the probabilities approach the shares that the values have in the catalog.
    """

    sizes: tuple[int, ...]
    kernels: KernelRegression
    networks: Networks
    share: Float
    temperature: Float
    accuracy: Float
    reach: Float

    def probabilities(self, inputs: Float) -> Float:
        """Map float32[n, k] to float32[n, c]; each attribute's part of a row sums to 1."""
        estimates, gaps = self.kernels.estimates_and_gaps(inputs)
        both = (logarithms(estimates), self.networks.log_probabilities(inputs))
        familiar = np.minimum(1, self.reach / np.maximum(gaps, 1e-9))[:, None] ** 2
        mixture = mixed(both, self.sizes, self.share, self.temperature)
        return np.asarray(familiar * mixture + (1 - familiar) * self.kernels.base, dtype=np.float32)

    def arrays(self) -> Arrays:
        """As plain arrays."""
        own = {f"posterior.{name}": getattr(self, name) for name in _ARRAYS}
        return {**own, **self.kernels.arrays(), **self.networks.arrays()}

    @classmethod
    def restore(cls, arrays: Arrays, sizes: Sequence[int]) -> Self:
        """Take `arrays()` back."""
        own = (arrays[f"posterior.{name}"] for name in _ARRAYS)
        return cls(tuple(sizes), KernelRegression.restore(arrays), Networks.restore(arrays, sizes), *own)


def logarithms(estimates: Float) -> Float:
    """Logarithms of least-squares estimates, none below that of `FLOOR`."""
    return np.asarray(np.log(np.maximum(estimates, FLOOR)), dtype=np.float32)


def mixed(both: Sequence[Float], sizes: Sequence[int], share: Float, temperature: Float) -> Float:
    """Probabilities float32[n, c] from the logarithms of both estimates; the first one weighs `share`."""
    first, second = (calibrated(each, sizes, own) for each, own in zip(both, temperature, strict=True))
    weight = np.repeat(share, sizes).astype(np.float32)
    return np.asarray(weight * first + (1 - weight) * second, dtype=np.float32)


def calibrated(logits: Float, sizes: Sequence[int], temperature: Float) -> Float:
    """Probabilities float32[n, c] of logarithms that are divided by the temperature of their attribute."""
    scaled = np.asarray(logits / np.repeat(temperature, sizes), dtype=np.float32)
    return np.asarray(np.exp(log_softmax(scaled, sizes)), dtype=np.float32)


def calibrate(both: Sequence[Float], codes: Codes, sizes: Sequence[int]) -> tuple[Float, Float, Float]:
    """The shares and temperatures that make the known values most likely (Guo et al. 2017), and the accuracies.

    Args:
        both: logarithms float32[n, c] of both estimates, for products that they were not fitted on.
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.

    Returns:
        float32[a], float32[2, a] and float32[a]; the accuracy of an attribute that no product has is NaN.
    """
    shares, temperatures, accuracies = [], [], []
    for at, parts in enumerate(zip(*(split_columns(each, sizes) for each in both), strict=True)):
        known = codes[:, at] >= 0
        share, own, accuracy = _calibrate_one([part[known] for part in parts], codes[known, at])
        shares.append(share)
        temperatures.append(own)
        accuracies.append(accuracy)
    return (
        np.array(shares, np.float32),
        np.array(temperatures, np.float32).T.copy(),
        np.array(accuracies, np.float32),
    )


def _calibrate_one(both: Sequence[Float], truth: NDArray[np.intp]) -> tuple[float, list[float], float]:
    """Share, temperatures and accuracy of one attribute, from products whose values are the numbers `truth`."""
    if not len(truth):
        return 0.5, [1.0, 1.0], np.nan
    size = [both[0].shape[1]]
    right = np.arange(len(truth)), truth
    temperatures = [_temperature(part, truth) for part in both]
    first, second = (
        calibrated(part, size, np.array([own], np.float32)) for part, own in zip(both, temperatures, strict=True)
    )
    share = min(SHARES, key=lambda each: _surprise(each * first[right] + (1 - each) * second[right]))
    mixture = share * first + (1 - share) * second
    return float(share), temperatures, float((mixture.argmax(axis=1) == truth).mean())


def _temperature(logits: Float, truth: NDArray[np.intp]) -> float:
    """The temperature at which the right values are most likely."""
    size, right = [logits.shape[1]], (np.arange(len(truth)), truth)

    def surprise(temperature: float) -> float:
        return -float(log_softmax(logits / np.float32(temperature), size)[right].mean())

    # The surprise is convex in the inverse of the temperature, and so falls and then rises along them.
    low, high = 0, len(TEMPERATURES) - 1
    while low < high:
        middle = (low + high) // 2
        if surprise(TEMPERATURES[middle]) <= surprise(TEMPERATURES[middle + 1]):
            high = middle
        else:
            low = middle + 1
    return float(TEMPERATURES[low])


def _surprise(probabilities: Float) -> float:
    return -float(np.log(np.maximum(probabilities, 1e-9)).mean())
