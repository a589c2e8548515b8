"""From the command line's options to what the pipeline takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from likewise.ingest.catalog.product import FILTERABLE
from likewise.ingest.catalog.reader import CatalogOptions
from likewise.ingest.catalog.rejects import RejectLimit
from likewise.ingest.encoders.base import Encoder, encoder_blocks, encoder_fingerprint
from likewise.ingest.encoders.lazy import LazyEncoder
from likewise.ingest.errors import IncompatibleError, ParameterError, StoreError
from likewise.ingest.index.manifest import Manifest
from likewise.ingest.index.recipe import Recipe
from likewise.ingest.index.stores import Store
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Progress

LEARNED = "attributes"
"""The reducer that learns from the catalog's attributes; by default it gets the features of the encoder `RICH`."""

RICH = "resnet50-rich"
COMPONENTS = 100
CLUSTERS = "10"


@dataclass(frozen=True, slots=True)
class Build:
    """Everything that building or updating an index needs besides the catalog and the store.

    Attributes:
        replaces: the current version cannot be read by this release; nothing of it can be kept or compared.
    """

    encoder: Encoder
    recipe: Recipe
    catalog_options: CatalogOptions
    cache_folder: Path
    replaces: bool = False

    @classmethod
    def from_options(
        cls,
        store: Store,
        *,
        progress: Progress,
        anew: bool = False,
        encoder: str | None = None,
        precision: str | None = None,
        weights: Path | None = None,
        reducer: str | None = None,
        components: int | None = None,
        attributes: str | None = None,
        clusterer: str | None = None,
        clusters: str | None = None,
        batch_size: int = 32,
        seed: int = 0,
        fill_missing: bool = False,
        max_rejects: str = "5%",
        only: Sequence[str] = (),
        id_column: str | None = None,
        image_column: str | None = None,
    ) -> Self:
        """Options that were not given are those of the current version, or the defaults for a new index.

        Args:
            store: holds the index.
            progress: told about the fetching of weights.
            anew: the index is going to be built anew, whatever release and encoder made the current version.

        Raises:
            ParameterError: an option has an impossible value.
            IncompatibleError: without `anew`, a current version of another release or encoder.
        """
        manifest, replaces = _current(store, anew=anew)
        if encoder is None and reducer == LEARNED:
            encoder = RICH
        like = Recipe() if manifest is None else Recipe.like(manifest)
        if any(option is not None for option in (reducer, components, attributes)) or manifest is None:
            name = reducer or like.reducer
            width = components or (like.reducer_params.get("n_components") if name == like.reducer else None)
            source = encoder or (manifest.encoder if manifest else "resnet50")
            params = reducer_params(name, width or COMPONENTS, seed, source, attributes)
        else:
            name, params = like.reducer, like.reducer_params
        if clusterer is not None or clusters is not None or manifest is None:
            grouping = clusterer or like.clusterer
            grouping_params = clusterer_params(grouping, clusters or CLUSTERS, seed)
        else:
            grouping, grouping_params = like.clusterer, like.clusterer_params
        recipe = Recipe(
            name, params, grouping, grouping_params, batch_size, RejectLimit.parse(max_rejects), seed, fill_missing
        )
        return cls(
            encoder_for(manifest, encoder, precision, weights, progress, anew=anew),
            recipe,
            CatalogOptions(id_column=id_column, image_column=image_column, only=parse_only(only)),
            cache_folder(store),
            replaces,
        )


def reducer_params(
    name: str, components: int, seed: int, encoder: str = "resnet50", attributes: str | None = None
) -> dict[str, Any]:
    """Constructor parameters of a reducer on the features of an encoder; `attributes` as --attributes takes them.

    Raises:
        ParameterError: attributes for a reducer that learns none.
    """
    if name != LEARNED:
        if attributes is not None:
            raise ParameterError(f"--attributes is for --reducer {LEARNED}; received them for {name!r}.")
        return {} if name == "none" else {"n_components": components, "random_state": seed}
    blocks = encoder_blocks(encoder)
    params: dict[str, Any] = {
        "n_components": components,
        "random_state": seed,
        "blocks": None if blocks is None else list(blocks),
    }
    if attributes is not None:
        params["attributes"] = parse_attributes(attributes)
    return params


def parse_attributes(text: str) -> list[str]:
    """Names of attributes, separated by commas.

    Raises:
        ParameterError: one that no catalog has.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in FILTERABLE]
    if unknown or not names:
        raise ParameterError(f"--attributes received {text!r}; known: {', '.join(FILTERABLE)}.")
    return names


def clusterer_params(name: str, clusters: str, seed: int) -> dict[str, Any]:
    """Constructor parameters of a clusterer."""
    return {} if name == "none" else {"n_clusters": parse_clusters(clusters), "random_state": seed}


def parse_clusters(text: str) -> int | str:
    """A number of clusters, or `auto`."""
    if text == "auto" or (text.isdigit() and int(text) > 0):
        return text if text == "auto" else int(text)
    raise ParameterError(f"--clusters takes a positive number or `auto`; received {text!r}.")


def parse_only(options: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`COLUMN=VALUE` options as pairs."""
    pairs = []
    for option in options:
        column, equals, value = option.partition("=")
        if not equals or not column:
            raise ParameterError(f"--only {option!r} is not COLUMN=VALUE; for example masterCategory=Apparel.")
        pairs.append((column, value))
    return tuple(pairs)


def cache_folder(store: Store) -> Path:
    """Where the embedding cache of a store lives: inside an embedded one."""
    if isinstance(store, EmbeddedStore):
        return store.embeddings
    from likewise.ingest.encoders.weights.resnet50 import cache_root

    return cache_root() / "embeddings"


def _current(store: Store, *, anew: bool) -> tuple[Manifest | None, bool]:
    """The manifest of the current version, None without one; and whether there is one that cannot be read."""
    current = store.current()
    if current is None:
        return None, False
    try:
        with store.open(current) as reader:
            return reader.manifest, False
    except (StoreError, IncompatibleError):
        # Not for a store that does not answer: this asks it once more, and raises.
        if anew and any(found.current and found.manifest is None for found in store.versions()):
            return None, True
        raise


def encoder_for(
    manifest: Manifest | None,
    name: str | None,
    precision: str | None,
    weights: Path | None,
    progress: Progress,
    *,
    anew: bool = False,
) -> Encoder:
    """The encoder, known by its fingerprint; its network is loaded when an image needs it.

    Raises:
        IncompatibleError: without `anew`, when this release's encoder of that name is not the one of the index.
    """
    if manifest is None:
        return LazyEncoder(name or "resnet50", precision or "fp32", weights_file=weights, progress=progress)
    name = name or manifest.encoder
    choices = [precision] if precision else ["fp32", "bf16"]
    found = [encoder_fingerprint(name, choice, weights_file=weights) for choice in choices]
    for choice, fingerprint in zip(choices, found, strict=True):
        if fingerprint == manifest.encoder_fingerprint:
            return LazyEncoder(name, choice, weights_file=weights, dim=manifest.features, progress=progress)
    if name == manifest.encoder and weights is None and precision is None and not anew:
        raise IncompatibleError(
            "encoder_fingerprint",
            manifest.encoder_fingerprint,
            found[0],
            f"The index was built with {name} and weights that this release does not have by itself: give them with "
            "--weights FILE, choose another encoder with --encoder NAME, or build it anew with "
            "`likewise reindex CATALOG --refit always`.",
        )
    return LazyEncoder(name, precision or "fp32", weights_file=weights, progress=progress)
