"""Which of a catalog's columns the figures and Recall@k are of; on the public data, those of the study."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from likewise.evaluation.scoring import Scoring
from likewise.search.showing.rendering import label

RECALLED = "articleType"
"""The study's finest column, by which Recall@k calls a product relevant where it is scored."""


def distributed(scoring: Scoring) -> list[str]:
    """The category and the first other scored column, as far as there are any."""
    others = [name for name in scoring.attributes if name != scoring.category]
    return [*([scoring.category] if scoring.category else []), *others][:2]


def mapped(scoring: Scoring) -> list[str]:
    """The columns that colour the maps: the category and the scored column behind it, or the first other one."""
    names = scoring.attributes
    if scoring.category not in names:
        return distributed(scoring)
    at = names.index(scoring.category)
    return [scoring.category, *[*names[at + 1 :], *names[:at]][:1]]


def recalled(attributes: Sequence[str], products: Iterable[Mapping[str, Any]]) -> str:
    """The scored column that tells most products apart, the study's own where it is scored."""
    if RECALLED in attributes:
        return RECALLED
    values = list(products)
    kinds = {name: {label(each[name]) for each in values if name in each} for name in attributes}
    return max(attributes, key=lambda name: len(kinds[name]))


def file_name(column: str) -> str:
    """A column's name in that of a file."""
    return re.sub(r"[^\w.-]+", "-", column)
