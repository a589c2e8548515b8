"""What a run is asked to do, what it may do, what judges it, and what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from .catalog import Reject, RejectLimit
from .decision import Decision
from .encoders import Encoder
from .index import Candidate, Manifest, Reader, Recipe, RecipeOptions, Store, lowered
from .user_cache import features_folder

Refit = Literal["never", "changed", "drift", "always"]
Result = Literal["nothing", "updated", "fitted", "refused"]

OUTCOMES: Mapping[str, Result] = {"nothing": "nothing", "update": "updated", "rewrite": "updated", "fit": "fitted"}
"""Kind of a decision to the word for its outcome."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do.

    Attributes:
        refit: when a new model is fitted: `never`, when the recipe has `changed`, also when the catalog has outgrown
            its model (`drift`), or `always`.
        publish: let searches read the result.
        prune_missing: remove products that the catalog no longer has.
        keep: versions to keep, the current one always among them; None keeps all.
        reject_limit: when to stop instead of publishing.
        batch_size: pictures that the encoder sees at once.
        lock_timeout: seconds to wait for another run to end, or for the lock of one that died.
    """

    refit: Refit = "changed"
    publish: bool = True
    prune_missing: bool = False
    keep: int | None = None
    reject_limit: RejectLimit = field(default_factory=lambda: RejectLimit.parse("5%"))
    batch_size: int = 32
    lock_timeout: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is asked to do.

    Attributes:
        catalog: a folder with styles.csv and images/, or a .csv or .parquet table.
        store: where the index lives.
        recipe: options that change the index's own recipe, or a whole recipe that replaces it.
        rules: what the run may do.
        encoder: instead of the one that the recipe names, for example one with a network of yours.
        weights: your own checkpoint for the encoder that the recipe names.
        cache: folder of the cache of features; by default the user's.
    """

    catalog: Path
    store: Store
    recipe: Recipe | RecipeOptions = field(default_factory=RecipeOptions)
    rules: Rules = field(default_factory=Rules)
    encoder: Encoder | None = None
    weights: Path | None = None
    cache: Path | None = None

    @property
    def features(self) -> Path:
        """Where features are kept."""
        return self.cache or features_folder()


class Verdict(Protocol):
    """What a judge says of a version."""

    @property
    def passed(self) -> bool:
        """Whether the version may be published."""

    @property
    def refusals(self) -> Sequence[str]:
        """Why not, in words."""

    def to_dict(self) -> dict[str, Any]:
        """For the log."""


class Judge(Protocol):
    """Decides whether a version is published."""

    def verdict(self, current: Reader | None, candidate: Candidate, decision: Decision) -> Verdict:
        """Compare the new version with the one that searches read now, where there is one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        outcome: `nothing` was due, the version was `updated` with the model that was there, or `fitted` anew, or what
            was built was `refused` by the judge.
        version: the version that searches read afterwards.
        parent: the version that they read before.
        candidate: the version that was built; None when nothing was due.
        published: whether the version that holds the catalog is the one that searches read.
        products: in the version that holds the catalog, or was refused.
        rejects: rows and pictures that could not be indexed.
        encoded: pictures that the encoder had to see.
        manifest: of the version that holds the catalog, or was refused.
        warnings: what of a product was left out, and why.
        changes: numbers of products by what was done with them; empty for a first version.
        schema_changes: `added` and `vanished` columns, and `retyped` ones with their types before and after, as far as
            there are any.
        drift: how far the catalog has moved from the model, where that was measured.
        verdict: of the judge, where there was one.
        pruned: versions that were deleted.
        recognised: what the catalog was taken for, in words; empty where none was read.
        stale: pictures whose server did not answer, for which the copy of an earlier run stands in.
    """

    outcome: Result
    version: str | None
    parent: str | None
    candidate: str | None
    published: bool
    products: int
    rejects: Sequence[Reject]
    encoded: int
    manifest: Manifest
    warnings: Sequence[Reject] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    schema_changes: Mapping[str, Any] = field(default_factory=dict)
    drift: Mapping[str, Any] | None = None
    verdict: Verdict | None = None
    pruned: Sequence[str] = ()
    recognised: str = ""
    stale: int = 0

    @property
    def first(self) -> bool:
        """Whether the index was made by this run, and with it the schema."""
        return self.parent is None and self.candidate is not None

    @property
    def columns(self) -> dict[str, str]:
        """Column to type, of what is indexed."""
        return {column.name: column.type for column in self.manifest.schema.columns}

    @property
    def roles(self) -> dict[str, list[str]]:
        """Role to columns, see `likewise.ingest.catalog.Schema`."""
        return {role: list(names) for role, names in self.manifest.schema.roles.items()}

    @property
    def lowered(self) -> dict[str, tuple[int, int]]:
        """Of `n_components` and `n_clusters`, what nobody asked for and the catalog did not allow: usual and made."""
        return lowered(self.manifest)

    def to_dict(self) -> dict[str, Any]:
        """JSON values for a log; a first version's tell its schema; the counts of changes stand at the top level."""
        return {
            "outcome": self.outcome,
            "version": self.version,
            "parent": self.parent,
            "candidate": self.candidate,
            "published": self.published,
            "products": self.products,
            "rejects": len(self.rejects),
            "encoded": self.encoded,
            "warnings": len(self.warnings),
            "stale": self.stale,
            "recognised": self.recognised,
            **({"columns": self.columns, "roles": self.roles} if self.first else {}),
            "schema": dict(self.schema_changes),
            "clusters": self.manifest.clusters,
            "lowered": {name: list(pair) for name, pair in self.lowered.items()},
            "drift": self.drift,
            "gate": None if self.verdict is None else self.verdict.to_dict(),
            "pruned": list(self.pruned),
            **self.changes,
        }
