"""From a plan and questions to answers: which clusters to look into, what the store says, and what is made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import numpy as np

from likewise.ingest.catalog import Payloads
from likewise.ingest.index import Hit, Reader, meets
from likewise.ingest.index.filters import EVERYTHING, Filter, both
from likewise.ingest.model import cluster_label

from .asking.plans import LONG
from .asking.questions import Question, main_vector
from .asking.search_plan import SearchPlan
from .candidates import candidates
from .fallback import fill, shortfall
from .hits import Hits
from .loading import LazyModel
from .matched import with_pictures
from .ordering.arrange import Arranger

FILTERS = 1000
"""Filters whose matches by cluster are kept."""


class Answering:
    """Answers questions from one version of an index.

    Args:
        reader: an opened version.
        lazy: its model, for questions whose nearest clusters are not known.
    """

    def __init__(self, reader: Reader, lazy: LazyModel) -> None:
        self._reader = reader
        self._lazy = lazy
        self._payloads = Payloads(reader.manifest.schema)
        # A version never changes, and visitors choose the same filters.
        self._counted = lru_cache(FILTERS)(lambda _, where: _texts(reader.facet(self._payloads.cluster, where)))
        self._banned = lru_cache(8)(self._read_payloads)

    def answer(self, plan: SearchPlan, questions: Sequence[Question]) -> list[Hits]:
        """The hits of each question, with what is to be said about them."""
        arrangers = self._arrangers(plan, questions)
        answers = self._hits(plan, questions, arrangers)
        for at, hits in enumerate(answers):
            if len(hits) < plan.k and plan.offset == 0:
                hits.short = shortfall(plan, questions[at], len(hits), self._admitted)
                if plan.fallback:
                    # What is added is put in order with regard to what is there.
                    fill(hits, plan, questions[at], partial(self._one, arrangers=arrangers[at : at + 1]))
        return answers

    def matches(self, plan: SearchPlan) -> Mapping[str, int]:
        """Number of products that a plan admits in each cluster; empty where nobody asks."""
        if plan.clusters is None:
            return {}
        counted = self._matches(plan.filter)
        if not plan.banned:
            return counted
        lost = Counter(
            cluster
            for payload in self._banned(plan.banned)
            if meets(payload, plan.filter)
            for cluster in self._payloads.clusters(payload)
        )
        return {cluster: count - lost[cluster] for cluster, count in counted.items()}

    def _matches(self, where: Filter) -> Mapping[str, int]:
        if where == EVERYTHING:
            return self._reader.manifest.clusters
        # By its text as well: a filter for 1 equals one for True.
        text = repr(where)
        counted = self._counted if len(text) <= LONG else self._counted.__wrapped__
        return counted(text, where)

    def _read_payloads(self, ids: tuple[str, ...]) -> list[dict[str, Any]]:
        return [record.payload for record in self._reader.retrieve(ids) if record is not None]

    def _one(self, plan: SearchPlan, question: Question, arrangers: Sequence[Arranger]) -> Hits:
        return self._hits(plan, [question], arrangers)[0]

    def _arrangers(self, plan: SearchPlan, questions: Sequence[Question]) -> list[Arranger]:
        """One for each question; none where hits stay in the order of the store."""
        if plan.order.by_likeness:
            return []
        manifest = self._reader.manifest
        return [Arranger(plan.order, manifest.schema, manifest.index_dim, asked.asked) for asked in questions]

    def _hits(self, plan: SearchPlan, questions: Sequence[Question], arrangers: Sequence[Arranger]) -> list[Hits]:
        clusters = self._clusters(plan, questions)
        if arrangers:
            return [self._arranged(plan, *each) for each in zip(questions, clusters, arrangers, strict=True)]
        queries = [
            plan.query(asked, plan.within(near), offset=plan.offset)
            for asked, near in zip(questions, clusters, strict=True)
        ]
        answers = self._reader.search(queries)
        for asked, near, hits in zip(questions, clusters, answers, strict=True):
            hits += self._beyond(plan, asked, near, len(hits))
        if self._reader.manifest.several:
            answers = with_pictures(self._reader, self._payloads, queries, answers)
        return [Hits(hits, next=plan.next_page(len(hits)), rules=plan.standing_rules) for hits in answers]

    def _beyond(self, plan: SearchPlan, asked: Question, clusters: tuple[str, ...] | None, found: int) -> list[Hit]:
        """What a page shows behind the last hits of the nearest clusters: products of all others.

        They are reached by later pages, and where products with pictures in two clusters were counted twice.
        """
        # Who sets a threshold wants few hits or none, and no others.
        if found == plan.k or clusters is None or plan.score_threshold is not None:
            return []
        before = plan.offset + found if found or not plan.offset else self._count(plan, asked, plan.within(clusters))
        further = plan.query(asked, plan.beyond(clusters), limit=plan.k - found, offset=max(0, plan.offset - before))
        return self._reader.search([further])[0]

    def _admitted(self, plan: SearchPlan, asked: Question) -> int:
        """Number of products that qualify; with a threshold, of those that are shown."""
        # How many are alike enough, only a search tells.
        if plan.score_threshold is None:
            return self._count(plan, asked)
        return len(self._one(plan, asked, self._arrangers(plan, [asked])))

    def _count(self, plan: SearchPlan, asked: Question, within: tuple[Filter, ...] = ()) -> int:
        """Number of products that can be hits, or that can be under further conditions."""
        where = both(plan.filter, *within)
        left_out = (*asked.excluded, *(self._banned(plan.banned) if plan.banned else ()))
        # By their ids: what is asked about may be banned as well, and was counted once.
        lost = {payload[self._payloads.id]: payload for payload in left_out}
        return self._reader.count(where) - sum(meets(payload, where) for payload in lost.values())

    def _arranged(
        self, plan: SearchPlan, question: Question, clusters: tuple[str, ...] | None, arranger: Arranger
    ) -> Hits:
        found = list(islice(self._in_order(plan, question, clusters, arranger), plan.offset, plan.offset + plan.k))
        if self._reader.manifest.several:
            (found,) = with_pictures(self._reader, self._payloads, [plan.query(question)], [found])
        return Hits(found, next=plan.next_page(len(found)), rules=(*plan.standing_rules, *arranger.followed))

    def _in_order(
        self, plan: SearchPlan, question: Question, clusters: tuple[str, ...] | None, arranger: Arranger
    ) -> Iterator[Hit]:
        blocks = candidates(self._reader, plan, question, clusters, arranger)
        for at, block in enumerate(blocks):
            first = self._pinned(plan, question, block, arranger) if at == 0 else []
            yield from arranger.arrange([*first, *block])

    def _pinned(self, plan: SearchPlan, question: Question, block: Sequence[Hit], arranger: Arranger) -> list[Hit]:
        """The products that a rule puts first and that are not among the nearest, as far as the search admits them."""
        arranger.meet(block)
        known = {hit.id for hit in block} | set(question.exclude) | set(plan.banned)
        wanted = [name for name in arranger.pins() if name not in known]
        found = self._reader.retrieve(wanted, with_vector=True) if wanted else []
        records = [record for record in found if record is not None and meets(record.payload, plan.filter)]
        arranger.pinned |= {record.id for record in records}
        vectors = [main_vector(record) for record in records]
        scores = [plan.score(question, vector) for vector in vectors]
        return [
            Hit(record.id, score, record.payload, vector=vector)
            for record, score, vector in zip(records, scores, vectors, strict=True)
        ]

    def _clusters(self, plan: SearchPlan, questions: Sequence[Question]) -> list[tuple[str, ...] | None]:
        """The clusters that each question looks into; the clusterer is loaded only if they have to be ranked."""
        matches = self.matches(plan)
        total = sum(matches.values())
        if plan.clusters is None:
            return [None] * len(questions)
        chosen: list[tuple[str, ...] | None] = [None] * len(questions)
        unsure = []
        for at, asked in enumerate(questions):
            needed = plan.k + len(asked.exclude)
            if needed < total:
                chosen[at] = _union(None if own is None else plan.nearest((own,), matches, needed) for own in asked.own)
                unsure += [at] * (chosen[at] is None)
        if unsure:
            ranked = self._ranked(plan, [questions[at] for at in unsure])
            for at, rows in zip(unsure, ranked, strict=True):
                needed = plan.k + len(questions[at].exclude)
                chosen[at] = _union(plan.nearest(row, matches, needed) for row in rows)
        return chosen

    def _ranked(self, plan: SearchPlan, questions: Sequence[Question]) -> list[list[list[str]]]:
        """All clusters by their distance to each of the liked ones of each question."""
        clusterer = self._lazy.clusterer()
        vectors = plan.index_vectors(np.concatenate([asked.liked for asked in questions]))
        rows = iter(clusterer.rank(vectors, clusterer.n_clusters_))
        return [[list(map(cluster_label, row)) for row in islice(rows, len(asked.liked))] for asked in questions]


def _union(near: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """What is near to any of several; None, for everywhere, where one of them has to look everywhere."""
    chosen: dict[str, None] = {}
    for clusters in near:
        if clusters is None:
            return None
        chosen |= dict.fromkeys(clusters)
    return tuple(chosen)


def _texts(facets: Mapping[Any, int]) -> dict[str, int]:
    return {str(value): count for value, count in facets.items()}
