"""What built an index, and whether two builds agree."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from ..catalog import FASHION, Schema
from ..encoders import EncoderSpec
from ..errors import IncompatibleError, ParameterError, StoreError
from ..model import Capabilities
from .formats import FORMAT, upgraded
from .layout import Layout

_LIBRARIES = (
    "likewise",
    "numpy",
    "pillow",
    "scikit-learn",
    "torch",
    "torchvision",
    "qdrant-edge-py",
    "umap-learn",
    "openvino",
    "nncf",
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
        encoder: what made the features.
        reducer, clusterer: what was fitted on them.
        index_dim: width of the index vectors.
        vector_dim: width of the vectors in the store; more than `index_dim` where they carry attributes.
        distance: how the store compares vectors, `cosine` or `dot`.
        capabilities: what searches can ask of the model.
        model_hash: hash of the fitted arrays; five reducers give 100 numbers, so the width proves nothing.
        schema: the columns in the payloads.
        several: whether points have several vectors, one for each picture of a product.
        layout: how a server lays the version out.
        recipe: what else a later run keeps unless it is told otherwise, see `likewise.ingest.index.recipe`.
        catalog: folder that the image names in the payloads are relative to, for showing hits as pictures.
        catalog_fingerprint: hash over ids, values and image contents of the indexed products.
        products, pictures: numbers of what is indexed.
        rejects: number of rejected rows.
        parent: version that this one was copied from.
    """

    encoder: EncoderSpec
    reducer: Step
    clusterer: Step
    index_dim: int
    vector_dim: int
    model_hash: str
    distance: str = "cosine"
    capabilities: Capabilities = field(default_factory=Capabilities)
    schema: Schema = FASHION
    several: bool = False
    layout: Layout = field(default_factory=Layout)
    recipe: dict[str, Any] = field(default_factory=dict)
    catalog: str = ""
    catalog_fingerprint: str = ""
    products: int = 0
    pictures: int = 0
    rejects: int = 0
    clusters: dict[str, int] = field(default_factory=dict)
    parent: str | None = None
    version: str = ""
    created_at: str = ""
    format: int = FORMAT
    libraries: dict[str, str] = field(default_factory=dict)

    def stamped(self, version: str) -> Self:
        """The manifest of a version that is committed now, by the libraries that are here."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return dataclasses.replace(self, version=version, created_at=now, libraries=library_versions())

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        plain = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        steps = {name: dataclasses.asdict(plain[name]) for name in ("reducer", "clusterer")}
        parts = {name: plain[name].to_dict() for name in ("encoder", "capabilities", "schema", "layout")}
        return {**plain, **steps, **parts}

    def to_json(self) -> str:
        """As indented JSON with sorted keys."""
        return json.dumps(self.to_dict(), indent=1, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str, encoder: Callable[[], Mapping[str, Any]]) -> Self:
        """Parse a manifest, also one of an earlier format.

        Args:
            text: as from `to_json`.
            where: names the file or collection in errors.
            encoder: reads the model's `encoder.json`, from which an old manifest is completed.

        Raises:
            StoreError: not a manifest.
            IncompatibleError: written in a format that this release does not know.
        """
        try:
            data = json.loads(text)
            found = data["format"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"The manifest of {where} is damaged ({error}). Roll back to another version.") from error
        if type(found) is not int or not 1 <= found <= FORMAT:
            raise IncompatibleError(
                "format",
                FORMAT,
                found,
                f"{where} was written by another release of Likewise: install that one, or build the index anew with "
                "`likewise reindex CATALOG --refit always`.",
            )
        try:
            manifest = cls._parse(upgraded(data, encoder))
            manifest.check()
        except (KeyError, TypeError, ValueError, AttributeError, ParameterError) as error:
            raise StoreError(f"The manifest of {where} is damaged ({error}). Roll back to another version.") from error
        return manifest

    @classmethod
    def _parse(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **data,
                "encoder": EncoderSpec.from_dict(data["encoder"]),
                "reducer": Step(**data["reducer"]),
                "clusterer": Step(**data["clusterer"]),
                "capabilities": Capabilities.from_dict(data["capabilities"]),
                "schema": Schema.from_dict(data["schema"]),
                "layout": Layout.from_dict(data["layout"]),
            }
        )

    def check(self) -> None:
        """Check the types and ranges that searches rely on.

        Raises:
            ValueError: names the field and what it holds.
        """
        for name in ("index_dim", "vector_dim", "products", "pictures", "rejects"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise ValueError(f"{name} is {value!r}, not a count")
        if type(self.several) is not bool:
            raise ValueError(f"several is {self.several!r}, not a truth value")
        for name in ("model_hash", "catalog", "version", "created_at"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not text")
        if self.distance not in ("cosine", "dot") or self.vector_dim < self.index_dim:
            raise ValueError(f"distance is {self.distance!r}, widths {self.index_dim} and {self.vector_dim}")
        if not isinstance(self.clusters, dict) or not all(isinstance(key, str) for key in self.clusters):
            raise ValueError(f"clusters is {self.clusters!r}, not sizes by cluster")
        if not isinstance(self.recipe, dict):
            raise ValueError(f"recipe is {self.recipe!r}, not options")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that shape an index."""
    # Searching processes start without it.
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
