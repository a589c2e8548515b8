"""A reducer that learns from the catalog's own attributes which differences matter in a shop.

Features trained for ImageNet hardly see gender and colour. The attributes of the indexed products are free
supervision: kernel regression and small networks on the frozen encoder's features learn to predict them, and are
mixed and calibrated on products that they were not fitted on. A vector in the store has two halves (`halves.py`):
the appearance of the product, and its attributes, which are the known ones where the catalog has them.

A preference for products with the same attributes is therefore part of one exact vector search inside the store,
whatever its weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from ....arrays import Arrays, Float
from ....errors import ParameterError
from ...capabilities import Capabilities
from ...estimator import check_matrix, check_rows
from ...landmarks import sample
from ..base import AttributeColumns, Reducer, check_components
from .blocks import Blocks
from .halves import Halves
from .posterior import FAMILIAR, Posterior, calibrate, logarithms, mixed
from .vocabulary import Codes, Vocabulary, split_columns

SCORED = ("gender", "masterCategory", "subCategory", "articleType", "baseColour")

PRIOR = 0.95
"""Weight of the attribute half in a search, the rest being that of the appearance: the best on validation splits."""

CONFIDENCE = 0.01
"""Share of the catalog's own products that a search for confident hits may leave without any."""

LEAST = 2
"""Vectors that a fit needs: a single one differs from nothing."""

_BATCH = 1024
_SAMPLE = 2000
"""Products that the thresholds are found from."""


class Attributes(Reducer):
    """Supervised reduction by the catalog's attributes.

    Args:
        n_components: width of each half of the vectors.
        attributes: names to learn from; those in which no two products differ are left out, values may be missing.
        blocks: widths of the parts that the encoder joined, in order; default: one part.
        landmarks: most products of the kernel regression that every vector is compared to.
        members: networks in the ensemble.
        hidden: units of each.
        random_state: seed of everything random.
    """

    name = "attributes"
    learns_attributes = True
    distance = "dot"

    def __init__(
        self,
        n_components: int = 100,
        attributes: Sequence[str] = SCORED,
        blocks: Sequence[int] | None = None,
        landmarks: int = 7000,
        members: int = 4,
        hidden: int = 1024,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.attributes = list(attributes)
        self.blocks = None if blocks is None else [int(width) for width in blocks]
        self.landmarks = landmarks
        self.members = members
        self.hidden = hidden
        self.random_state = random_state

    @property
    def index_dim(self) -> int:
        """Width of the appearance half."""
        return self.n_components

    @property
    def vector_dim(self) -> int:
        """Width of both halves."""
        return 2 * self.n_components

    @property
    def capabilities(self) -> Capabilities:
        """The attributes that it predicts, their weight in a search, and the score of an unlikely best hit."""
        return Capabilities(tuple(self.values_), PRIOR, round(self.threshold_, 4))

    def most_components(self, rows: int, width: int) -> int:
        """As many as there are vectors and numbers."""
        return max(1, min(rows, width))

    def check_size(self, rows: int, width: int) -> None:
        """Check that there are vectors enough, and that the components are no more than vectors and numbers."""
        check_rows(self.name, rows, LEAST)
        check_components(self.name, self.n_components, at_most=min(rows, width), of=f"{rows} vectors")

    def check_attributes(self, attributes: AttributeColumns) -> None:
        """Check that products differ in an attribute."""
        if not Vocabulary.fit(self.attributes, attributes).values:
            raise ParameterError(
                f"{self.name} learns from {', '.join(self.attributes) or 'no attribute'}, and no two products differ "
                "in them. Name columns of the catalog with --attributes, or choose another reducer."
            )

    def fit(self, X: Float, attributes: AttributeColumns | None = None) -> Self:
        """Learn from float32[n, D] and the attributes of the n products.

        Raises:
            ParameterError: impossible parameters, no attribute with two values, blocks that do not add up, or NaN.
        """
        from .kernel_training import train_kernels
        from .network_training import train_networks

        self.check_params()
        X = check_matrix(X, who=self.name)
        self.check_attributes(attributes or {})
        self._learn(Vocabulary.fit(self.attributes, attributes or {}))
        codes = self.vocabulary_.encode(attributes or {}, len(X))
        self.check_size(*X.shape)
        self.blocks_ = Blocks.fit(X, self.blocks, self.random_state)
        inputs = self.blocks_.transform(X)
        sizes, seed = self.vocabulary_.sizes, self.random_state
        kernels, estimates = train_kernels(inputs, self.blocks_.inputs, codes, sizes, self.landmarks, seed)
        networks, logits = train_networks(inputs, codes, sizes, self.members, self.hidden, seed)
        left_out = (logarithms(estimates), logits)
        share, temperature, accuracy = calibrate(left_out, codes, sizes)
        some = inputs[sample(len(inputs), _SAMPLE, seed)]
        reach = np.array(kernels.usual_gap(some, FAMILIAR), np.float32)
        self.posterior_ = Posterior(sizes, kernels, networks, share, temperature, accuracy, reach)
        probabilities = mixed(left_out, sizes, share, temperature)
        self.halves_ = Halves.fit(inputs, probabilities, sizes, self.n_components)
        self.threshold_ = self._threshold(inputs, probabilities, codes)
        return self

    def transform(self, X: Float) -> Float:
        """Map float32[m, D] to the appearance half, float32[m, n_components] of unit length."""
        return np.concatenate([self.halves_.appearance(*predicted) for predicted in self._predicted(X)])

    def point_vectors(self, X: Float, attributes: AttributeColumns | None = None) -> Float:
        """Map float32[m, D] to both halves, float32[m, 2 n_components]; known attributes replace predicted ones."""
        codes = self.vocabulary_.encode(attributes or {}, len(X))
        rows: list[Float] = []
        start = 0
        for inputs, probabilities in self._predicted(X):
            stop = start + len(inputs)
            known = self.vocabulary_.known(codes[start:stop], probabilities)
            appearance = self.halves_.appearance(inputs, probabilities)
            rows.append(np.hstack([appearance, self.halves_.attributes(known)]))
            start = stop
        return np.concatenate(rows)

    def probabilities(self, X: Float) -> dict[str, Float]:
        """Attribute to float32[m, c], the calibrated probabilities of its values; `values_` names the columns."""
        joined = np.concatenate([probabilities for _, probabilities in self._predicted(X)])
        return dict(zip(self.values_, split_columns(joined, self.vocabulary_.sizes), strict=True))

    def _learn(self, vocabulary: Vocabulary) -> None:
        self.vocabulary_, self.values_ = vocabulary, vocabulary.values

    def _predicted(self, X: Float) -> Iterator[tuple[Float, Float]]:
        """Batches of float32[m, D] as inputs float32[b, k], with their probabilities float32[b, c]."""
        X = check_matrix(X, who=self.name, width=self.blocks_.width)
        for start in range(0, len(X), _BATCH):
            inputs = self.blocks_.transform(X[start : start + _BATCH])
            yield inputs, self.posterior_.probabilities(inputs)

    def _threshold(self, inputs: Float, probabilities: Float, codes: Codes) -> float:
        """The score below which a best hit is unlikely, from searches of the catalog for its own products.

        Each product searches for the others by its picture alone, as a shopper's picture does.
        """
        if len(inputs) < 2:
            return 0.0
        chosen = np.random.default_rng(self.random_state).permutation(len(inputs))[:_SAMPLE]
        appearance = self.halves_.appearance(inputs, probabilities)
        indexed = self.halves_.attributes(self.vocabulary_.known(codes, probabilities))
        expected = self.halves_.attributes(probabilities[chosen])
        scores = (1 - PRIOR) * appearance[chosen] @ appearance.T + PRIOR * expected @ indexed.T
        scores[np.arange(len(chosen)), chosen] = -np.inf
        return float(np.quantile(scores.max(axis=1), CONFIDENCE))

    def info(self) -> dict[str, Any]:
        """How many values each attribute has, and how often a product outside the training has the likeliest one."""
        accuracy = zip(self.values_, self.posterior_.accuracy, strict=True)
        return {
            "values": {name: len(values) for name, values in self.values_.items()},
            "accuracy": {name: round(float(share), 4) for name, share in accuracy},
        }

    def arrays(self) -> Arrays:
        """The fitted state."""
        arrays: Arrays = {"threshold": np.array(self.threshold_)}
        for part in (self.vocabulary_, self.blocks_, self.posterior_, self.halves_):
            arrays |= part.arrays()
        return arrays

    def restore(self, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        self._learn(Vocabulary.restore(arrays, self.attributes))
        sizes = self.vocabulary_.sizes
        self.blocks_ = Blocks.restore(arrays)
        self.posterior_ = Posterior.restore(arrays, sizes)
        self.halves_ = Halves.restore(arrays, sizes)
        self.threshold_ = float(arrays["threshold"])
        return self
