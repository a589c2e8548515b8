"""The products nearest to a question, in blocks."""

from __future__ import annotations

from collections.abc import Iterator

from likewise.ingest.index import Hit, Reader
from likewise.ingest.index.filters import Filter, Not, OneOf

from .asking.questions import Question
from .asking.search_plan import SearchPlan
from .ordering.arrange import Arranger

LARGEST = 10_000
"""Products that are read at once at most, where many are passed over."""


def candidates(
    reader: Reader, plan: SearchPlan, question: Question, clusters: tuple[str, ...] | None, arranger: Arranger
) -> Iterator[list[Hit]]:
    """Blocks of products that qualify, each product once: those of the given clusters, and then all others.

    Args:
        reader: of the index.
        plan: how to search.
        question: what to search for.
        clusters: the nearest ones; None for all there are.
        arranger: of whose groups no further product is a candidate, as far as a store can tell.
    """
    manifest, key = reader.manifest, plan.order.group_by
    # Whether a value is of the main picture or of a further one, a store does not tell.
    lists = manifest.several and key is not None and key not in manifest.schema.names
    for within in _tiers(plan, clusters):
        offset, size = 0, plan.window
        while True:
            if key is None or lists:
                following = plan.query(question, within, size, offset, tuple(arranger.pinned))
            else:
                # However large a group is, the next block begins behind it.
                left_out = tuple(arranger.pinned | arranger.passed)
                following = plan.query(question, _without(within, key, arranger), size, 0, left_out)
            (block,) = reader.search([following])
            yield block
            if len(block) < size:
                break
            offset += size
            # However much is passed over, the end is soon reached; boosts and rules go by blocks of one size.
            size = max(size, min(2 * size, LARGEST)) if not plan.order.overtakes else size


def _tiers(plan: SearchPlan, clusters: tuple[str, ...] | None) -> list[tuple[Filter, ...]]:
    if clusters is None:
        return [()]
    # Who sets a threshold wants few hits or none, and no others.
    near, others = plan.within(clusters), plan.beyond(clusters)
    return [near] if plan.score_threshold is not None else [near, others]


def _without(within: tuple[Filter, ...], key: str, arranger: Arranger) -> tuple[Filter, ...]:
    return (*within, Not(OneOf(key, tuple(arranger.groups)))) if arranger.groups else within
