"""How to search, in one place: the client, the command line and HTTP take these options and show these sentences."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Self, TypedDict, get_args

from likewise.ingest.errors import ParameterError

from ..filtering.conditions import TextConditions
from ..filtering.filters import Where
from ..filtering.text_filters import parse_where_options
from ..ordering.boosts import Boost, parse_boosts
from .option_texts import SWITCH, TextForm, last, number, parser, switch, written
from .rectangle import Rectangle

Probe = int | Literal["all"]
"""A number of clusters, or all of them."""

Threshold = float | Literal["confident"] | None
"""A score, or the one that the index was calibrated to."""

Strategy = Literal["best_score", "average_vector", "sum_scores"]
"""How several liked and disliked products are made one search, by Qdrant's names."""

MAX_K = 10_000

_WEIGHT = number(0, 1)
_PROBE = {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]}
_THRESHOLD = {"oneOf": [number(-1, 1), {"const": "confident"}]}
_CONDITION = {"type": "string", "example": "gender=Men"}
_WHOLE = "a whole number"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    Attributes:
        k: number of hits, from 1 to 10,000; fewer come back when fewer qualify.
        where: conditions that every hit meets, such as gender=Men, baseColour!=Red or price<50; several values of a key
            mean any of them.
        probe: how many of the clusters nearest to the query to look into, or more where `k` products need more; 1 is
            the study's own, `all` is exact.
        include_self: whether a search by id also shows the product itself.
        score_threshold: least score of a hit; `confident` shows nothing rather than what is unlike, where the index
            knows.
        prior: weight of expected attributes, for an index that learned them, from 0 (plain cosine) to 1; the index's
            own unless named, and a filter always wins over it.
        offset: number of hits to pass over, up to 10,000; with `k`, a page.
        strategy: how several liked and disliked products are weighed; `best_score` goes by the nearest of them,
            `average_vector` by their mean, `sum_scores` by the sum of similarities.
        diversity: from 0, which goes by likeness alone, to 1, which prefers what is unlike the hits before.
        group_by: column of whose values each is shown once, such as the style that colour variants share.
        distinct: least similarity of two products that count as one, such as 0.98; only the better one is shown.
        boost: columns that move products up among the nearest 200 without leaving any out, such as in_stock, -price
            (cheaper first), added or brand=Acme:0.2; the number is what the best value adds to a similarity, 0.1 unless
            named.
        rectangle: part of the query's picture to search with, X,Y,WIDTH,HEIGHT in fractions of it.
        fallback: whether an answer that is short is filled with products that meet fewer of the conditions; the last
            ones are left out first, and the answer says which.

    Raises:
        ParameterError: names the option that is impossible.
    """

    k: int = field(default=6, metadata=written("k", "N", parser(int, _WHOLE), schema=number(1, MAX_K, whole=True)))
    where: Where | None = field(
        default=None,
        metadata=written(
            "where", "KEY=VALUE", lambda _, texts: parse_where_options(texts), repeated=True, schema=_CONDITION
        ),
    )
    probe: Probe = field(default=1, metadata=written("probe", "N|all", parser(int, _WHOLE, "all"), schema=_PROBE))
    include_self: bool = field(default=False, metadata=written("include_self", "", switch, schema=SWITCH))
    score_threshold: Threshold = field(
        default=None,
        metadata=written("threshold", "SCORE|confident", parser(float, "a number", "confident"), schema=_THRESHOLD),
    )
    prior: float | None = field(
        default=None, metadata=written("prior", "WEIGHT", parser(float, "a number"), schema=_WEIGHT)
    )
    offset: int = field(
        default=0, metadata=written("offset", "N", parser(int, _WHOLE), schema=number(0, MAX_K, whole=True))
    )
    strategy: Strategy = field(
        default="best_score", metadata=written("strategy", "NAME", last, schema={"enum": list(get_args(Strategy))})
    )
    diversity: float = field(
        default=0.0, metadata=written("diversity", "0..1", parser(float, "a number"), schema=_WEIGHT)
    )
    group_by: str | None = field(default=None, metadata=written("group_by", "COLUMN", last))
    distinct: float | None = field(
        default=None,
        metadata=written("distinct", "SCORE", parser(float, "a number"), schema=number(0, 1, above=True)),
    )
    boost: Sequence[Boost | str] | Boost | str = field(
        default=(),
        metadata=written(
            "boost", "[-]COLUMN[=VALUE][:WEIGHT]", lambda _, texts: parse_boosts(texts), repeated=True,
            schema={"type": "string", "example": "in_stock"},
        ),
    )  # fmt: skip
    rectangle: Rectangle | Sequence[float] | str | None = field(
        default=None,
        metadata=written("rectangle", "X,Y,WIDTH,HEIGHT", last, schema={"type": "string", "example": "0,0,0.5,1"}),
    )
    fallback: bool = field(default=False, metadata=written("fallback", "", switch, schema=SWITCH))

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise ParameterError(f"k must be between 1 and {MAX_K:,}; received {self.k}.")
        if not 0 <= self.offset <= MAX_K:
            raise ParameterError(f"offset must be between 0 and {MAX_K:,}; received {self.offset}.")
        if self.probe != "all" and (isinstance(self.probe, str) or self.probe < 1):
            raise ParameterError(f'probe must be a number of clusters (1, 2, …) or "all"; received {self.probe!r}.')
        threshold = self.score_threshold
        if threshold not in (None, "confident") and (isinstance(threshold, str) or not -1 <= threshold <= 1):
            raise ParameterError(f'A score threshold is between -1 and 1, or "confident"; received {threshold!r}.')
        if self.prior is not None and not 0 <= self.prior <= 1:
            raise ParameterError(f"prior is a weight between 0 and 1; received {self.prior}.")
        if self.strategy not in get_args(Strategy):
            raise ParameterError(f"strategy is one of {', '.join(get_args(Strategy))}; received {self.strategy!r}.")
        if not 0 <= self.diversity <= 1:
            raise ParameterError(f"diversity is between 0 and 1; received {self.diversity}.")
        if self.distinct is not None and not 0 < self.distinct <= 1:
            raise ParameterError(f"distinct is a similarity above 0 and at most 1; received {self.distinct}.")
        object.__setattr__(self, "boost", parse_boosts(self.boost) if self.boost else ())
        if self.rectangle is not None:
            object.__setattr__(self, "rectangle", Rectangle.of(self.rectangle))

    @property
    def boosts(self) -> tuple[Boost, ...]:
        """`boost` as it was understood."""
        return parse_boosts(self.boost)

    @property
    def part(self) -> Rectangle | None:
        """`rectangle` as it was understood."""
        return None if self.rectangle is None else Rectangle.of(self.rectangle)

    @property
    def where_texts(self) -> tuple[str, ...]:
        """`where` as it is written in an address; empty where it was not given as texts."""
        return self.where.texts if isinstance(self.where, TextConditions) else ()

    @classmethod
    def of(cls, k: int | None, keywords: SearchKeywords) -> SearchOptions:
        """The options of a call: its `options`, or the defaults, with what its other arguments change of them."""
        changes: dict[str, Any] = {**keywords} if k is None else {**keywords, "k": k}
        options: SearchOptions | None = changes.pop("options", None)
        if options is None:
            return cls(**changes)
        return dataclasses.replace(options, **changes) if changes else options

    @classmethod
    def from_texts(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Options from names and values as people write them, `[("k", "9"), ("where", "gender=Men")]`.

        Raises:
            ParameterError: an impossible value, or a name that would else be ignored without a word.
        """
        forms = _named_forms()
        texts: dict[str, list[str]] = {}
        for name, text in pairs:
            if name not in forms:
                raise ParameterError(f"Unknown parameter {name!r}. Known: {', '.join(forms)}.")
            texts.setdefault(name, []).append(text)
        values = {forms[name][0]: forms[name][1].parse(name, chosen) for name, chosen in texts.items()}
        return cls(**values)


class SearchKeywords(TypedDict, total=False):
    """The keyword arguments of a search: `options` as a whole, and each option by itself, which counts more."""

    options: SearchOptions | None
    where: Where | None
    probe: Probe
    include_self: bool
    score_threshold: Threshold
    prior: float | None
    offset: int
    strategy: Strategy
    diversity: float
    group_by: str | None
    distinct: float | None
    boost: Sequence[Boost | str] | Boost | str
    rectangle: Rectangle | Sequence[float] | str | None
    fallback: bool


def text_forms() -> dict[str, TextForm]:
    """Option to its text form, in the order in which they are shown."""
    return {each.name: each.metadata["text"] for each in dataclasses.fields(SearchOptions)}


@lru_cache(1)
def _named_forms() -> dict[str, tuple[str, TextForm]]:
    return {form.name: (name, form) for name, form in text_forms().items()}


def option_help() -> dict[str, str]:
    """Option to the sentence about it in the docstring of `SearchOptions`; empty under `python -OO`."""
    text = inspect.getdoc(SearchOptions) or ""
    _, _, attributes = text.partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", attributes.partition("\n\n")[0], re.MULTILINE)
    return {name: " ".join(sentence.split()) for name, sentence in entries}
