"""The first steps of a run: reading a catalog, and bringing the features of its pictures into the cache."""

from __future__ import annotations

from pathlib import Path

from .calibrating import decided
from .catalog import SCORABLE, Catalog, Schema, read_catalog, still_scored
from .encoders import Encoder
from .errors import CatalogError, ParameterError
from .feasible import check_fit
from .features import EncodedCatalog, FeatureCache, encode_catalog
from .index import Manifest, Reader, Recipe
from .job import Rules
from .progress import Progress


def prepare(
    path: Path,
    recipe: Recipe,
    encoder: Encoder,
    cache: Path,
    rules: Rules,
    progress: Progress,
    indexed: Manifest | None = None,
    others: int | None = None,
) -> EncodedCatalog:
    """Read a catalog and bring the features of all its pictures into the cache.

    Args:
        path: of the catalog.
        recipe: how it is read.
        encoder: of its pictures.
        cache: folder of features.
        rules: how many rejects are too many.
        progress: told about the stages.
        indexed: the index that it is for.
        others: number of products that are there beside its own, when a model is going to be fitted on all of them.

    Raises:
        CatalogError: it cannot be read, or no product is left of it.
        ParameterError: the fit is going to be impossible.
        TooManyRejectsError: more rejects than the rules allow.
    """
    catalog = read(path, recipe, rules, progress, indexed)
    if others is not None:
        check_fit(catalog, recipe, encoder.spec.dim, others)
    return encode(catalog, encoder, cache, rules, progress)


def others_of(reader: Reader | None, changed: bool, rules: Rules) -> int | None:
    """The `others` of `prepare`: None where a fit is not yet certain."""
    if reader is None:
        return 0
    if not changed and rules.refit != "always":
        return None
    return 0 if rules.prune_missing else reader.manifest.products


def read(path: Path, recipe: Recipe, rules: Rules, progress: Progress, indexed: Manifest | None = None) -> Catalog:
    """Read a catalog's table; see `prepare`.

    Raises:
        CatalogError: it cannot be read.
        ParameterError: it has nothing of what is to be learned.
        TooManyRejectsError: more rejects than the rules allow.
    """
    schema = None if indexed is None else indexed.schema
    with progress.stage("read catalog") as advance:
        catalog = read_for(path, recipe, indexed)
        advance(len(catalog.products))
    check_learnable(recipe, catalog.schema, schema)
    rules.reject_limit.check(catalog.rejects, catalog.rows)
    return catalog


def read_for(path: Path, recipe: Recipe, indexed: Manifest | None) -> Catalog:
    """Read a catalog's table for an index; raises as `read_catalog`."""
    if indexed is None:
        return read_catalog(path, recipe.reading)
    return read_catalog(path, recipe.reading, indexed.schema, Recipe.from_manifest(indexed).reading)


def encode(catalog: Catalog, encoder: Encoder, cache: Path, rules: Rules, progress: Progress) -> EncodedCatalog:
    """Bring the features of all pictures of a catalog into the cache; raises as `prepare`."""
    with catalog.pictures:
        encoder = decided(encoder, catalog, cache, progress)
        features = FeatureCache(cache, encoder.spec)
        features.mark_used()
        encoded = encode_catalog(catalog, encoder, features, batch_size=rules.batch_size, progress=progress)
    check_usable(encoded, catalog.table, rules)
    return encoded


def check_usable(catalog: EncodedCatalog, table: Path, rules: Rules) -> None:
    """Do nothing while enough is left of a catalog; raises as `prepare`."""
    rules.reject_limit.check(catalog.rejects, catalog.rows)
    if not len(catalog):
        raise CatalogError(f"No product of {table} can be indexed; see the rejects' reasons.")


def check_learnable(recipe: Recipe, schema: Schema, indexed: Schema | None) -> None:
    """Do nothing where a catalog has what the recipe's reducer learns; before anything is encoded.

    Raises:
        ParameterError: nothing is to be learned, or a column of a type that cannot be.
    """
    if not recipe.learns:
        return
    if not still_scored(recipe.asked_to_learn(schema), schema, indexed):
        fitting = ", ".join(column.name for column in schema.columns if column.type in SCORABLE) or "none"
        raise ParameterError(
            f"The reducer {recipe.reducer!r} finds no column to learn from; name some with --attributes COLUMN,…. "
            f"Columns to choose from: {fitting}."
        )
