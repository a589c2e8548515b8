"""The gate decides whether a new version of an index may be published.

`Gate` is the judge that `likewise reindex` hands to the pipeline. It makes five checks of the new version, each a
`Check` of the verdict; the first four are in `gate_checks.py`, the last in `gate_precision.py`:

encoder     The version was built with the encoder that is in use, and that one computes what it did.
counts      The numbers that the manifest states are those in the store, and the number of products is the catalog's.
removed     Not too many products leave the index at once: half a catalog is more often a broken export.
self        Sampled products find themselves when they are searched by their pictures.
precision   Precision@k of the same products, asked by picture, has not fallen by more than is allowed; by the columns
            that both versions have and the new one scores. Where there is none, the check says so and lets pass.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from likewise.ingest.decision import Decision
from likewise.ingest.errors import LikewiseError
from likewise.ingest.index import Candidate, Reader
from likewise.search import SearchClient

from .gate_checks import Check, check_counts, check_encoder, check_removed, check_self
from .gate_precision import Comparison, compare


class GateError(LikewiseError):
    """A new version was refused; the current one stays."""

    exit_code = 10


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate allows, and how it measures.

    Attributes:
        max_drop: allowed loss of mean Precision@k, in points.
        max_removed: allowed share of removed products, in [0, 1].
        k: recommendations a query.
        seed: of the samples.
    """

    max_drop: float = 1.0
    max_removed: float = 0.3
    k: int = 6
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a version.

    Attributes:
        checks: all of them, passed or not.
        comparison: of the new version's precision with the current one's; None without one.
    """

    checks: tuple[Check, ...]
    comparison: Comparison | None = None

    @property
    def passed(self) -> bool:
        """Whether the version may be published."""
        return all(check.passed for check in self.checks)

    @property
    def refusals(self) -> list[str]:
        """What the failed checks saw."""
        return [f"{check.name}: {check.detail}" for check in self.checks if not check.passed]

    @property
    def precision(self) -> float | None:
        """Mean Precision@k of the new version on the shared queries, in per cent."""
        return None if self.comparison is None else self.comparison.after

    @property
    def before(self) -> float | None:
        """The same of the current version."""
        return None if self.comparison is None else self.comparison.before

    def to_dict(self) -> dict[str, Any]:
        """For the log."""
        found = self.comparison
        return {
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
            "precision": self.precision,
            "before": self.before,
            "comparison": None if found is None else asdict(found),
        }


class Gate:
    """The judge of a run.

    Args:
        rules: what is allowed.
        cache: folder of the cache of features, by default the user's: where the new version has another encoder,
            those of the old one are looked for here.
    """

    def __init__(self, rules: GateRules | None = None, cache: Path | None = None) -> None:
        self._rules = rules or GateRules()
        self._cache = cache

    def verdict(self, current: Reader | None, candidate: Candidate, decision: Decision) -> Verdict:
        """Check the new version; without a version before it, precision is not compared."""
        rules = self._rules
        # Not closed: the version is opened for the whole run.
        old = None if current is None else SearchClient(current)
        with SearchClient(candidate.open()) as client:
            checks = (
                check_encoder(client, decision, old, rules.seed),
                check_counts(client, decision),
                check_removed(decision, rules.max_removed),
                check_self(client, decision, rules.seed),
            )
            if old is None:
                return Verdict(checks)
            check, comparison = compare(
                old, client, decision, max_drop=rules.max_drop, k=rules.k, seed=rules.seed, cache=self._cache
            )
        return Verdict((*checks, check), comparison)
