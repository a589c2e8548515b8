"""From the command line's options to an ingest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from likewise.ingest.catalog import CatalogOptions, RejectLimit
from likewise.ingest.encoders import create_encoder
from likewise.ingest.errors import ParameterError
from likewise.ingest.pipeline import IngestReport, Recipe, ingest
from likewise.ingest.progress import Progress
from likewise.ingest.stores import Store
from likewise.ingest.stores.embedded import EmbeddedStore


def build(
    catalog: Path,
    store: Store,
    *,
    progress: Progress,
    encoder: str,
    precision: str,
    weights: Path | None,
    reducer: str,
    components: int,
    clusterer: str,
    clusters: str,
    batch_size: int,
    seed: int,
    max_rejects: str,
    only: Sequence[str],
    id_column: str | None,
    image_column: str | None,
    no_publish: bool = False,
) -> IngestReport:
    """Ingest with the options of `likewise ingest`.

    Raises:
        ParameterError: an option has an impossible value.
    """
    recipe = Recipe(
        reducer=reducer,
        reducer_params=reducer_params(reducer, components, seed),
        clusterer=clusterer,
        clusterer_params=clusterer_params(clusterer, clusters, seed),
        batch_size=batch_size,
        reject_limit=RejectLimit.parse(max_rejects),
        seed=seed,
    )
    catalog_options = CatalogOptions(id_column=id_column, image_column=image_column, only=parse_only(only))
    return ingest(
        catalog,
        store,
        create_encoder(encoder, weights_file=weights, precision=precision, progress=progress),
        cache_folder(store),
        catalog_options=catalog_options,
        recipe=recipe,
        publish=not no_publish,
        progress=progress,
    )


def reducer_params(name: str, components: int, seed: int) -> dict[str, Any]:
    """Constructor parameters of a reducer."""
    return {} if name == "none" else {"n_components": components, "random_state": seed}


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
    from likewise.ingest.weights import cache_root

    return cache_root() / "embeddings"
