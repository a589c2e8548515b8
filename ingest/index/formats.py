"""Manifests of earlier releases, brought to today's format when they are read; nothing on disk changes.

1   until release 0.1: one data set's columns, an encoder without precision, capabilities among a reducer's findings
2   schema, capabilities, the whole encoder, what a later run keeps, numbers of pictures
3   columns of all types, our payload keys give way to them, several vectors a point
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..catalog import FASHION
from ..encoders import EncoderSpec
from ..model import Capabilities
from .layout import Layout

FORMAT = 3
"""Version of the manifest and payload layout; raised when an older client could misread a newer index."""


def upgraded(data: Mapping[str, Any], encoder: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """A manifest of any known format as one of today's.

    Args:
        data: parsed from JSON; its `format` was checked.
        encoder: reads the model's `encoder.json`, which knows what an old manifest does not say.

    Raises:
        KeyError, TypeError, ValueError: not such a manifest.
    """
    if data["format"] == 1:
        return _from_1(data, encoder())
    # A manifest of format 2 says all that one of format 3 needs.
    return {**data, "format": FORMAT}


def _from_1(data: Mapping[str, Any], encoder: Mapping[str, Any]) -> dict[str, Any]:
    spec = EncoderSpec.from_dict(encoder)
    if (spec.name, spec.fingerprint, spec.dim) != (data["encoder"], data["encoder_fingerprint"], data["features"]):
        raise ValueError(f"encoder is {data['encoder']!r}, the model's is {spec.name!r}")
    reducer = data["reducer"]
    blocks = reducer["params"].get("blocks")
    if blocks:
        spec = EncoderSpec(spec.name, spec.precision, spec.fingerprint, tuple(blocks), spec.runtime)
    info = {name: value for name, value in reducer["info"].items() if name not in ("prior", "confident")}
    found = Capabilities(
        tuple(reducer["info"].get("values", ())), reducer["info"].get("prior"), reducer["info"].get("confident")
    )
    kept = {
        name: data[name]
        for name in (
            *("clusterer", "model_hash", "catalog", "catalog_fingerprint", "products", "rejects", "clusters"),
            *("parent", "version", "created_at", "libraries"),
        )
    }
    return {
        **kept,
        "format": FORMAT,
        "encoder": spec.to_dict(),
        "reducer": {**reducer, "info": info},
        "capabilities": found.to_dict(),
        "index_dim": data["dim"],
        # Versions from before stored vectors could be wider than index vectors do not state a width.
        "vector_dim": data.get("width") or data["dim"],
        "distance": data.get("distance", "cosine"),
        "schema": FASHION.to_dict(),
        # A server says in what layout the collection is; see its reader.
        "layout": Layout().to_dict(),
        "recipe": {},
        "pictures": data["products"],
    }
