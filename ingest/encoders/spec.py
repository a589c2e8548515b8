"""The identity of an encoder, as manifests and fitted models keep it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

TORCH = "torch"
"""Eager PyTorch, which computes an encoder from its published weights."""

OPENVINO = "openvino"
"""OpenVINO, which computes a quantized network that travels with the index."""

NetworkFile = Callable[[], bytes]
"""Reads a quantized network from wherever an index keeps it."""


def fingerprint_of(facts: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over facts that shape a vector."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Quantization:
    """How an encoder was quantized, and how far that moved its features.

    Attributes:
        network: SHA-256 of the quantized network's file.
        plain: fingerprint of the encoder in single precision.
        side: width and height of the network's input, in pixels.
        pictures: number that the ranges of activations were calibrated on.
        cosine: between the features of both encoders, the mean over `measured` other pictures; where features join
            several parts, of the part that moved furthest.
        least: the least of these cosines.
        measured: number of pictures that the two were compared on.
    """

    network: str
    plain: str
    side: int
    pictures: int
    cosine: float
    least: float
    measured: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From JSON values.

        Raises:
            TypeError, ValueError: not a quantization.
        """
        found = cls(**data)
        texts, cosines = (found.network, found.plain), (found.cosine, found.least)
        counts = (found.side, found.pictures, found.measured)
        if (
            not all(isinstance(text, str) for text in texts)
            or not all(type(count) is int and count > 0 for count in counts)
            or not all(isinstance(cosine, int | float) and -1 <= cosine <= 1 for cosine in cosines)
        ):
            raise ValueError(f"{dict(data)!r} describes no quantized network")
        return found


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Which encoder made the features: enough to check one, and to create it if it needs no file of yours.

    Attributes:
        name: as registered.
        precision: one of `PRECISIONS`.
        fingerprint: hash over architecture, weights, preprocessing, precision: equal means interchangeable vectors.
        parts: widths of the parts that its features join, in order; one part for most encoders.
        runtime: what computes it.
        quantization: of a quantized network.
        file: reads that network; only where it was opened with an index, or has just been made.
    """

    name: str
    precision: str
    fingerprint: str
    parts: tuple[int, ...]
    runtime: str = TORCH
    quantization: Quantization | None = None
    file: NetworkFile | None = field(default=None, compare=False, repr=False)

    @property
    def dim(self) -> int:
        """Width of the feature vectors."""
        return sum(self.parts)

    @property
    def identity(self) -> dict[str, Any]:
        """What a model's hash covers; the fingerprint stands for the rest."""
        return {"name": self.name, "precision": self.precision, "fingerprint": self.fingerprint, "dim": self.dim}

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `dim` is there for releases that know no parts."""
        quantized = {} if self.quantization is None else {"quantization": asdict(self.quantization)}
        return {**self.identity, "parts": list(self.parts), "runtime": self.runtime, **quantized}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Take `to_dict()` back, also that of a release without parts and runtime.

        Raises:
            KeyError, TypeError, ValueError: not an encoder's identity.
        """
        parts = tuple(int(width) for width in data.get("parts", [data["dim"]]))
        name, precision, fingerprint = data["name"], data["precision"], data["fingerprint"]
        runtime = data.get("runtime", TORCH)
        texts = (name, precision, fingerprint, runtime)
        if not all(isinstance(text, str) for text in texts) or not parts or min(parts) < 1:
            raise ValueError(f"{dict(data)!r} identifies no encoder")
        quantized = data.get("quantization")
        if (runtime == OPENVINO) != (quantized is not None):
            raise ValueError(f"{dict(data)!r}: a network for {runtime}, quantized as {quantized!r}")
        quantization = None if quantized is None else Quantization.from_dict(quantized)
        return cls(name, precision, fingerprint, parts, runtime, quantization)
