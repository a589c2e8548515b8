"""The attributes that a reducer learns, and their values as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ....arrays import Arrays, Float
from ..base import AttributeColumns

Codes = NDArray[np.intp]
"""intp[n, a]: the number of each attribute's value, -1 where it is unknown."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values of every attribute.

    Attributes:
        values: attribute to its values str[c], sorted; at least two each.
    """

    values: dict[str, NDArray[np.str_]]

    @classmethod
    def fit(cls, names: Sequence[str], attributes: AttributeColumns) -> Self:
        """Find the values of those of the named attributes in which products differ."""
        values = {}
        for name in names:
            column = np.unique(np.asarray(attributes.get(name, []), dtype=np.str_))
            column = column[column != ""]
            if len(column) >= 2:
                values[name] = column
        return cls(values)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of each attribute."""
        return tuple(len(values) for values in self.values.values())

    def encode(self, attributes: AttributeColumns, n: int) -> Codes:
        """The values of n products as numbers, intp[n, a]; -1 for a value that is unknown or was never seen."""
        codes = np.full((n, len(self.values)), -1, np.intp)
        for at, (name, values) in enumerate(self.values.items()):
            if name in attributes:
                column = np.asarray(attributes[name], dtype=np.str_)
                nearest = np.searchsorted(values, column).clip(max=len(values) - 1)
                codes[:, at] = np.where(values[nearest] == column, nearest, -1)
        return codes

    def known(self, codes: Codes, otherwise: Float) -> Float:
        """Probabilities float32[n, c] of all values: 1 and 0 where an attribute is known, `otherwise` where not."""
        columns = []
        for at, part in enumerate(split_columns(otherwise, self.sizes)):
            certain = np.eye(part.shape[1], dtype=np.float32)[codes[:, at]]
            columns.append(np.where(codes[:, at, None] >= 0, certain, part))
        return np.hstack(columns)

    def arrays(self) -> Arrays:
        """As plain arrays."""
        return {f"values.{name}": values for name, values in self.values.items()}

    @classmethod
    def restore(cls, arrays: Arrays, names: Sequence[str]) -> Self:
        """Take `arrays()` back; `names` are the attributes that were asked for, in order."""
        return cls({name: arrays[f"values.{name}"] for name in names if f"values.{name}" in arrays})


def split_columns(matrix: Float, sizes: Sequence[int]) -> list[Float]:
    """The columns of each attribute, of a matrix [n, c] over the values of all attributes."""
    return np.split(matrix, np.cumsum(sizes)[:-1], axis=1)
