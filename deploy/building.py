"""From the command line's options to the job of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from likewise.deploy import parsing
from likewise.ingest import Job, Layout, RecipeOptions, RejectLimit, Rules, open_store
from likewise.ingest.index import Store
from likewise.ingest.threads import limit_threads


@dataclass(frozen=True, slots=True)
class Building:
    """What the options of a writing command say.

    Attributes:
        address: of the store.
        recipe: what changes of the index's recipe.
        reject_limit, batch_size, lock_timeout: see `Rules`.
        weights, cache: see `Job`.
    """

    address: str
    recipe: RecipeOptions
    reject_limit: RejectLimit
    batch_size: int
    weights: Path | None
    cache: Path | None
    lock_timeout: float

    @classmethod
    def gather(cls, settings: Mapping[str, Any]) -> tuple[Self, dict[str, Any]]:
        """Take the options of `likewise.deploy.options.job` out of a command's settings; the others are returned.

        Raises:
            ParameterError: an option has an impossible value.
        """
        left = dict(settings)
        threads = left.pop("threads")
        if threads is not None:
            limit_threads(threads)
        clusters = left.pop("clusters")
        reading = parsing.parse_reading(left)
        recipe = RecipeOptions(
            reading=reading,
            clusters=None if clusters is None else parsing.parse_clusters(clusters),
            reducer_params=parsing.parse_pairs("--reducer-param", left.pop("reducer_params")),
            clusterer_params=parsing.parse_pairs("--clusterer-param", left.pop("clusterer_params")),
            layout=parsing.used_layout(left),
            **{name: left.pop(name) for name in _PLAIN},
        )
        limit = RejectLimit.parse(left.pop("max_rejects"))
        own = {name: left.pop(name) for name in ("batch_size", "weights", "cache", "lock_timeout")}
        return cls(left.pop("store"), recipe, limit, **own), left

    def open_store(self) -> Store:
        """The store, made where it is missing; it waits for a server that is away."""
        return open_writable(self.address, self.recipe.layout)

    def job(self, catalog: Path, store: Store, **rules: Any) -> Job:  # noqa: ANN401 - the fields of `Rules`
        """The job of indexing a catalog under these rules."""
        chosen = Rules(
            reject_limit=self.reject_limit, batch_size=self.batch_size, lock_timeout=self.lock_timeout, **rules
        )
        return Job(catalog, store, self.recipe, chosen, weights=self.weights, cache=self.cache)


_PLAIN = (*("encoder", "precision", "reducer", "components", "clusterer", "seed", "fill_missing"),)


def open_writable(address: str, layout: Mapping[str, Any]) -> Store:
    """The store at an address, made where it is missing, with a layout for what is created first."""
    if "://" not in address:
        return open_store(address, create=True, patient=True)
    from likewise.ingest.index.stores.server import ServerOptions

    chosen = dataclasses.replace(ServerOptions.from_environment(), layout=Layout(**layout))
    return open_store(address, patient=True, options=chosen)
