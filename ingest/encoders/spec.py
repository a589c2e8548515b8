"""The identity of an encoder, as manifests and models keep it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Which encoder made the features; enough to check one, and to create it if it needs no file of yours."""

    name: str
    precision: str
    fingerprint: str
    dim: int
