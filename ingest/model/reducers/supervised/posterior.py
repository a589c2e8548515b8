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

FLOOR = 1e-4
"""Least estimate of a kernel regression, which may also say 0 or less."""

SHARES = np.linspace(0, 1, 11)
TEMPERATURES = np.geomspace(0.3, 3.0, 47)

FAMILIAR = 0.995
"""Share of the catalog's products whose distance to the next one counts as usual."""

_ARRAYS = ("share", "temperature", "accuracy", "reach")


@dataclass(frozen=True, slots=True)
class Posterior:
    """For each attribute a mixture of two estimates of its values' probabilities.

    A kernel regression is the better one on a few thousand products, networks are on many more: the mixture follows
    what products say that an estimate was not fitted on.

    Attributes:
        sizes: number of values of each attribute.
        kernels, networks: the two estimates.
        share: float32[a] of the kernel regression.
        temperature: float32[2, a]; the logarithms of both are divided by them.
        accuracy: float32[a] on products that were left out.
        reach: float32[], the distance up to which a picture is like the catalog's.
    """

    sizes: tuple[int, ...]
    kernels: KernelRegression
    networks: Networks
    share: Float
    temperature: Float
    accuracy: Float
    reach: Float

    def probabilities(self, inputs: Float) -> Float:
        """float32[n, k] to float32[n, c]; each attribute's part of a row sums to 1."""
        estimates, gap = self.kernels.look(inputs)
        found = (logarithms(estimates), self.networks.logarithms(inputs))
        familiar = np.minimum(1, self.reach / np.maximum(gap, 1e-9))[:, None] ** 2
        known = mixed(found, self.sizes, self.share, self.temperature)
        return np.asarray(familiar * known + (1 - familiar) * self.kernels.base, dtype=np.float32)

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
    """Logarithms of least-squares estimates, none below `FLOOR`'s."""
    return np.asarray(np.log(np.maximum(estimates, FLOOR)), dtype=np.float32)


def mixed(found: Sequence[Float], sizes: Sequence[int], share: Float, temperature: Float) -> Float:
    """Probabilities float32[n, c] of two estimates' logarithms, each calibrated, the first weighing `share`."""
    first, second = (calibrated(each, sizes, own) for each, own in zip(found, temperature, strict=True))
    weight = np.repeat(share, sizes).astype(np.float32)
    return np.asarray(weight * first + (1 - weight) * second, dtype=np.float32)


def calibrated(logits: Float, sizes: Sequence[int], temperature: Float) -> Float:
    """Probabilities of float32[n, c] logarithms, each attribute's divided by its temperature."""
    scaled = np.asarray(logits / np.repeat(temperature, sizes), dtype=np.float32)
    return np.asarray(np.exp(log_softmax(scaled, sizes)), dtype=np.float32)


def calibrate(found: Sequence[Float], codes: NDArray[np.intp], sizes: Sequence[int]) -> tuple[Float, Float, Float]:
    """Shares, temperatures and accuracies that make the known values most likely (Guo et al. 2017).

    Args:
        found: logarithms float32[n, c] of both estimates, for products that they were not fitted on.
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.
    """
    ends = np.cumsum(sizes)[:-1]
    shares, temperatures, accuracies = [], [], []
    for at, parts in enumerate(zip(*(np.split(each, ends, axis=1) for each in found), strict=True)):
        known = np.flatnonzero(codes[:, at] >= 0)
        truth = codes[known, at]
        if not len(known):
            shares.append(0.5)
            temperatures.append([1.0, 1.0])
            accuracies.append(np.nan)
            continue
        size = [parts[0].shape[1]]
        own = [_temperature(part[known], truth, size) for part in parts]
        first, second = (
            calibrated(part[known], size, np.array([one], np.float32)) for part, one in zip(parts, own, strict=True)
        )
        picked = np.arange(len(truth)), truth
        best = min(SHARES, key=lambda share: _surprise(share * first[picked] + (1 - share) * second[picked]))
        shares.append(best)
        temperatures.append(own)
        mixture = best * first + (1 - best) * second
        accuracies.append(float((mixture.argmax(axis=1) == truth).mean()))
    return (
        np.array(shares, np.float32),
        np.array(temperatures, np.float32).T.copy(),
        np.array(accuracies, np.float32),
    )


def _temperature(logits: Float, truth: NDArray[np.intp], size: list[int]) -> float:
    picked = np.arange(len(truth)), truth

    def surprise(temperature: float) -> float:
        return -float(log_softmax(logits / np.float32(temperature), size)[picked].mean())

    return float(min(TEMPERATURES, key=surprise))


def _surprise(probabilities: Float) -> float:
    return -float(np.log(np.maximum(probabilities, 1e-9)).mean())
