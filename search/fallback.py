"""What to say, and what to do, when fewer products qualify than were asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from likewise.ingest.index import Hit, meets

from .asking.questions import Question
from .asking.search_plan import SearchPlan
from .filtering.filters import Condition
from .hits import Hits, Obstacle, Shortfall


def shortfall(
    plan: SearchPlan, question: Question, found: int, count: Callable[[SearchPlan, Question], int]
) -> Shortfall:
    """How many products would qualify without each of the conditions.

    Args:
        plan: that found too few.
        question: that was asked.
        found: number of hits.
        count: tells how many products a plan admits.
    """
    obstacles = (
        Obstacle(condition.texts, count(plan.without([condition], plan.k), question)) for condition in plan.conditions
    )
    return Shortfall(plan.k, found, tuple(obstacles))


def fill(hits: Hits, plan: SearchPlan, question: Question, search: Callable[[SearchPlan, Question], Hits]) -> None:
    """Add products that meet fewer of the conditions, until there are `k`; what stands for every search is kept.

    Args:
        hits: that are too few; they stay in front.
        plan: that found them; its last condition is left out first.
        question: that was asked.
        search: carries a plan out, with regard to the hits that it found before.
    """
    dropped: list[Condition] = []
    for condition in reversed(plan.conditions):
        if len(hits) >= plan.k:
            break
        dropped.insert(0, condition)
        known = (*question.exclude, *(hit.id for hit in hits))
        more = search(plan.without(dropped, plan.k - len(hits)), replace(question, exclude=known))
        if more:
            hits += [_told(hit, dropped) for hit in more]
            hits.fallback = tuple(each.words for each in dropped)
        hits.rules = more.rules


def _told(hit: Hit, dropped: list[Condition]) -> Hit:
    missed = (each for each in dropped if not meets(hit.payload, each.filter))
    return replace(hit, dropped=tuple(each.words for each in missed))
