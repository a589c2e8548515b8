"""What a run would do, and about how long it would take, with nothing written."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .catalog import Reject
from .decision import Decision
from .encoders import Encoder
from .feasible import check_fit
from .features import encode_pixels, survey_catalog
from .images import DECODE_SIDE, Picture, open_image
from .index import COSTS_FILE, Costs, Reader, Recipe
from .job import OUTCOMES, Job, Result
from .preparing import check_usable, others_of, read
from .progress import Progress, Silent
from .stages import check, current, decide_on, resolve

TIMED = 32
"""Pictures by which the encoder's speed is measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        outcome: what it would end with, unless a judge refuses.
        reason: why a fit is due; empty without one.
        version: what searches read now.
        products: in the version that would hold the catalog.
        rejects: rows and pictures that could not be indexed.
        encode: pictures that the encoder would have to see.
        changes: numbers of products by what would be done with them; empty for a first version.
        drift: how far the catalog has moved from the model, as far as its pictures are encoded.
        measured: share of the products by which that was measured, in [0, 1].
        seconds: stage to about how long it would take; None where nothing is known by which to tell.
        recognised: what the catalog was taken for, in words.
    """

    outcome: Result
    reason: str
    version: str | None
    products: int
    rejects: Sequence[Reject]
    encode: int
    changes: Mapping[str, int] = field(default_factory=dict)
    drift: Mapping[str, Any] | None = None
    measured: float = 1.0
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    recognised: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the counts of changes stand at the top level, as in the line of a run."""
        # Rejects may be many: they are counted, not copied.
        facts = asdict(dataclasses.replace(self, rejects=())) | {"rejects": len(self.rejects), **self.changes}
        del facts["changes"]
        return {"dry_run": True, **facts}


def plan(job: Job, progress: Progress | None = None) -> Plan:
    """Compare an index with its catalog, without encoding, fitting or writing anything.

    Every picture is read, and those that would be encoded are decoded. Some are encoded to measure how long that
    takes; their features are not kept.

    Raises:
        LikewiseError: what a run would end with, as far as it can be known.
    """
    progress = progress or Silent()
    with current(job) as reader:
        recipe, encoder = resolve(job, reader, progress)
        changed = check(recipe, encoder, reader, job.rules)
        begun = time.monotonic()
        indexed = None if reader is None else reader.manifest
        catalog = read(job.catalog, recipe, job.rules, progress, indexed)
        others = others_of(reader, changed, job.rules)
        if others is not None:
            check_fit(catalog, recipe, encoder.spec.dim, others)
        caches = [folder for folder in (job.features, job.store.left_features) if folder is not None]
        survey = survey_catalog(catalog, encoder.spec, caches, progress, most=TIMED)
        looked = time.monotonic() - begun
        check_usable(survey.catalog, catalog.table, job.rules)
        encoded = survey.encoded
        decision = decide_on(reader, survey.catalog, recipe, changed, job.rules, progress, encoded)
        picture = _seconds_each(survey.missing, encoder, progress) if survey.missing else 0.0
        seconds = {"read and encode": looked + survey.catalog.encoded * picture, **_building(reader, recipe, decision)}
    return Plan(
        outcome=OUTCOMES[decision.kind],
        reason=_reason(reader, decision, changed),
        version=None if reader is None else reader.version,
        products=decision.products,
        rejects=decision.catalog.rejects,
        encode=survey.catalog.encoded,
        changes={} if decision.changes is None else decision.changes.counts(),
        drift=None if decision.drift is None else decision.drift.to_dict(),
        measured=round(len(encoded) / len(survey.catalog), 4),
        seconds={stage: value if value is None else round(value, 3) for stage, value in seconds.items()},
        recognised=catalog.recognised,
    )


def _seconds_each(pictures: Sequence[Picture], encoder: Encoder, progress: Progress) -> float:
    """How long a picture takes, once the network is loaded and warm."""
    with progress.stage("time the encoder", len(pictures)) as advance:
        pixels = [encoder.prepare(open_image(picture.read(), side=DECODE_SIDE)) for picture in pictures]
        encode_pixels(pixels[:2], encoder)
        begun = time.monotonic()
        encode_pixels(pixels, encoder)
        advance(len(pixels))
        return (time.monotonic() - begun) / len(pixels)


def _building(reader: Reader | None, recipe: Recipe, decision: Decision) -> dict[str, float | None]:
    """How long the stages after the encoding take, by what they took when the version was built."""
    if decision.kind == "nothing":
        return {}
    costs = Costs()
    if reader is not None and COSTS_FILE in reader.attachments():
        costs = Costs.from_bytes(reader.attachment(COSTS_FILE))
    if decision.kind == "fit":
        same = reader is not None and reader.manifest.reducer.name == recipe.reducer
        fit = costs.fitting(len(decision.catalog)) if same else None
        return {"fit": fit, "place and write": costs.writing(len(decision.catalog))}
    touched = 0 if decision.changes is None else len(decision.changes.added) + len(decision.changes.changed)
    return {"place and write": costs.writing(touched)}


def _reason(reader: Reader | None, decision: Decision, changed: bool) -> str:
    if decision.kind != "fit":
        return ""
    if reader is None:
        return "there is no index yet"
    if decision.drift is not None:
        return "; ".join(decision.drift.reasons)
    return "the options ask for another model" if changed else "--refit asks for it"
