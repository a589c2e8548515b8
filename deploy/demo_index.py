"""The index of the sample catalog that `likewise serve --demo` shows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from likewise.deploy.progress import progress

PRODUCTS = 400


def demo_index(products: int = PRODUCTS) -> Path:
    """The folder of the index, in the user's cache; it is drawn and indexed where there is none.

    Raises:
        WeightsError: the network that encodes its pictures cannot be fetched.
    """
    from likewise.ingest import Job, RecipeOptions, RejectLimit, Rules, run
    from likewise.ingest.demo import CATALOGS
    from likewise.ingest.errors import StoreError
    from likewise.ingest.index import open_store
    from likewise.ingest.user_cache import cache_root

    folder = cache_root() / "demo"
    catalog, index = folder / "catalog", folder / "index"
    with suppress(StoreError):
        # Where its making was interrupted, nothing is published.
        if open_store(index).current() is not None:
            return index
    bars, drawn = progress(), CATALOGS["fashion"]
    with bars.stage("draw products", products) as advance:
        drawn.draw(catalog, products, 0, lambda *_: advance(1))
    rules = Rules(prune_missing=True, reject_limit=RejectLimit.parse("0"))
    run(Job(catalog, open_store(index, create=True), RecipeOptions(reading=drawn.reading), rules), progress=bars)
    return index
