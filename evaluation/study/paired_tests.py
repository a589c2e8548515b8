"""Which differences are more than chance: paired tests over the same queries, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.evaluation.intervals import Interval, holm, paired_difference, paired_randomization_test, verdict

from .compare import Result
from .methods import REFERENCE
from .queries import STUDY_K

REFERENCES = (REFERENCE, "pca")


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Two methods on the same queries.

    Attributes:
        protocol: under which both were asked.
        method, reference: their names.
        difference: method minus reference, in points.
        p: corrected by Holm's method.
        text: the result in words.
    """

    protocol: str
    method: str
    reference: str
    difference: Interval
    p: float
    text: str

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        difference = self.difference
        return {
            "protocol": self.protocol,
            "method": self.method,
            "reference": self.reference,
            "difference": round(difference.value, 4),
            "low": round(difference.low, 4),
            "high": round(difference.high, 4),
            "n": difference.n,
            "p_corrected": round(self.p, 6),
            "verdict": self.text,
        }


def paired_tests(results: Sequence[Result], *, seed: int = 0) -> list[PairedTest]:
    """Every method against raw features and against PCA, by Precision@6, within each protocol."""
    by_name = {(result.protocol, result.method.name): result for result in results}
    pairs = [
        (result, by_name[result.protocol, reference])
        for reference in REFERENCES
        for result in results
        if (result.protocol, reference) in by_name
        and result.method.name != reference
        # Raw against PCA is PCA against raw.
        and not (reference == "pca" and result.method.name == REFERENCE)
    ]
    differences, p_values = [], []
    for result, reference_result in pairs:
        key = ("precision", STUDY_K)
        a, b = 100 * result.scores.values[key], 100 * reference_result.scores.values[key]
        groups = result.scores.categories
        differences.append(paired_difference(a, b, groups=groups, seed=seed))
        p_values.append(paired_randomization_test(a, b, groups=groups, seed=seed))
    corrected = holm(np.array(p_values, np.float64))
    return [
        PairedTest(
            result.protocol,
            result.method.name,
            reference_result.method.name,
            difference,
            float(p),
            verdict(result.method.title, reference_result.method.title, difference, float(p)),
        )
        for (result, reference_result), difference, p in zip(pairs, differences, corrected, strict=True)
    ]
