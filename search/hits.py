"""The answer to one search: its hits, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from likewise.ingest.index import Hit

__all__ = ["Hit", "Hits", "Obstacle", "Shortfall"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A condition that holds hits back.

    Attributes:
        where: the texts of the condition; several where they are alternatives.
        count: number of products that would qualify without it; where a search has a score threshold, the number of
            hits, at most `k`, that it would have.
    """

    where: tuple[str, ...]
    count: int

    @property
    def condition(self) -> str:
        """In words."""
        return " or ".join(self.where)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why there are fewer hits than were asked for.

    Attributes:
        asked, found: numbers of hits.
        without: what each condition of the search holds back.
    """

    asked: int
    found: int
    without: tuple[Obstacle, ...] = ()


class Hits(list[Hit]):
    """Hits, best first.

    Attributes:
        next: `offset` of the page that follows; None where this one is the last.
        short: why there are fewer than `k`; None where there are not, and on later pages.
        fallback: conditions that were left out to fill the answer; the hits that do not meet them say so.
        rules: names of the merchandiser's rules that the answer followed.
    """

    def __init__(
        self,
        hits: Iterable[Hit] = (),
        *,
        next: int | None = None,
        short: Shortfall | None = None,
        fallback: tuple[str, ...] = (),
        rules: tuple[str, ...] = (),
    ) -> None:
        super().__init__(hits)
        self.next = next
        self.short = short
        self.fallback = fallback
        self.rules = rules
