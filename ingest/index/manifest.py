"""What built an index, and whether two builds agree."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

from ..errors import IncompatibleError, StoreError

FORMAT = 1
"""Version of the manifest and payload layout; raised when an older client could misread a newer index."""

_LIBRARIES = (
    "likewise",
    "numpy",
    "pillow",
    "scikit-learn",
    "torch",
    "torchvision",
    "qdrant-edge-py",
    "umap-learn",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the model: its registered name, its parameters, and what fitting it found out."""

    name: str
    params: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity card of a version.

    Attributes:
        encoder: registered name of the encoder.
        encoder_fingerprint: hash over architecture, weights, preprocessing and numeric precision.
        features: width of the feature vectors.
        dim: width of the index vectors.
        width: width of the stored vectors; more than `dim` where they carry attributes.
        distance: how stored vectors are compared, `cosine` or `dot`.
        model_hash: hash of the fitted arrays; five reducers give 100 numbers, so the width proves nothing.
        catalog: folder that the image names in the payloads are relative to, for showing hits as pictures.
        catalog_fingerprint: hash over ids, attributes and image contents of the indexed products.
        products: number of indexed products.
        rejects: number of rejected rows.
        parent: version that this one was copied from.
    """

    encoder: str
    encoder_fingerprint: str
    features: int
    reducer: Step
    clusterer: Step
    dim: int
    model_hash: str
    width: int = 0
    distance: str = "cosine"
    catalog: str = ""
    catalog_fingerprint: str = ""
    products: int = 0
    rejects: int = 0
    clusters: dict[str, int] = field(default_factory=dict)
    parent: str | None = None
    version: str = ""
    created_at: str = ""
    format: int = FORMAT
    libraries: dict[str, str] = field(default_factory=dict)

    @property
    def stored(self) -> int:
        """Width of the stored vectors."""
        return self.width or self.dim

    def to_json(self) -> str:
        """As indented JSON with sorted keys."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str) -> Self:
        """Parse a manifest; `where` names the file or collection in errors.

        Raises:
            StoreError: not a manifest.
            IncompatibleError: written in another format.
        """
        try:
            data = json.loads(text)
            found = data["format"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"The manifest of {where} is damaged ({error}). Roll back to another version.") from error
        if found != FORMAT:
            raise IncompatibleError(
                "format",
                FORMAT,
                found,
                f"{where} was written by another release of Likewise: install that one, or build the index anew with "
                "`likewise reindex CATALOG --refit always`.",
            )
        try:
            manifest = cls(**{**data, "reducer": Step(**data["reducer"]), "clusterer": Step(**data["clusterer"])})
            manifest.check()
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"The manifest of {where} is damaged ({error}). Roll back to another version.") from error
        return manifest

    def check(self) -> None:
        """Check the types and ranges that searches rely on.

        Raises:
            ValueError: names the field and what it holds.
        """
        for name in ("features", "dim", "width", "products", "rejects"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise ValueError(f"{name} is {value!r}, not a count")
        for name in ("encoder", "encoder_fingerprint", "model_hash", "catalog", "version", "created_at"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not text")
        if self.distance not in ("cosine", "dot") or (self.width and self.width < self.dim):
            raise ValueError(f"distance is {self.distance!r}, width {self.width}")
        if not isinstance(self.clusters, dict) or not all(isinstance(key, str) for key in self.clusters):
            raise ValueError(f"clusters is {self.clusters!r}, not sizes by cluster")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that shape an index."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
