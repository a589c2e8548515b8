"""The identity of an encoder, as manifests and fitted models keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

TORCH = "torch"
"""The runtime of every encoder so far: eager PyTorch."""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Which encoder made the features: enough to check one, and to create it if it needs no file of yours.

    Attributes:
        name: as registered.
        precision: `fp32` or `bf16`.
        fingerprint: hash over architecture, weights, preprocessing, precision: equal means interchangeable vectors.
        parts: widths of the parts that its features join, in order; one part for most encoders.
        runtime: what computes it.
    """

    name: str
    precision: str
    fingerprint: str
    parts: tuple[int, ...]
    runtime: str = TORCH

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
        return {**self.identity, "parts": list(self.parts), "runtime": self.runtime}

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
        return cls(name, precision, fingerprint, parts, runtime)
