"""A learned reducer: the catalog's own attributes say which differences matter in a shop.

Features trained for ImageNet hardly see gender and colour. The attributes of the indexed products are free
supervision: kernel regression and small networks on the frozen encoder's features learn to predict them, and are
mixed and calibrated on products that they were not fitted on. A stored vector has two halves of d numbers each:

look    what the picture says: the probabilities of all attributes in their leading directions, and some of the
        features' own. Unit length, so that a search without prior is plain cosine.
labels  the probabilities in the directions that keep expected matches; for a product whose attribute is known,
        the known value instead. The dot product with a query's half is the share of attributes that are expected
        to be equal (up to the directions left out).

So a prior on the payload is part of one exact vector search inside the store, whatever its weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ....arrays import Arrays, Float
from ....errors import ParameterError
from ...estimator import check_matrix, unit_rows
from ...landmarks import sample
from ..base import Labels, Reducer, check_components
from .blocks import Blocks
from .posterior import FAMILIAR, Posterior, calibrate, logarithms, mixed

SCORED = ("gender", "masterCategory", "subCategory", "articleType", "baseColour")

LOOK_SHARE = 0.2
"""Share of the look half's numbers that the features' own directions get."""

LOOK_WEIGHT = 0.3
"""Length of that part beside the probabilities'."""

PRIOR = 0.95
"""Weight of expected matches in a search, the rest being the look's cosine: the best on validation splits."""

CONFIDENCE = 0.01
"""Share of the catalog's own products that a search for confident hits may leave without any."""

_BATCH = 1024
_SAMPLE = 2000
"""Products that thresholds are found from."""


class Attributes(Reducer):
    """Supervised reduction by the catalog's attributes.

    Args:
        n_components: width of each half of the stored vectors.
        attributes: names to learn from; those in which no two products differ are left out, values may be missing.
        blocks: widths of the parts that the encoder joined, in order; default: one part.
        landmarks: most products of the kernel regression that every vector is compared to.
        members: networks in the ensemble.
        hidden: units of each.
        random_state: seed of everything random.
    """

    name = "attributes"
    uses_labels = True
    distance = "dot"
    prior = PRIOR

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
    def dim(self) -> int:
        """Width of the look half."""
        return self.n_components

    @property
    def width(self) -> int:
        """Width of a stored vector: both halves."""
        return 2 * self.n_components

    def fit(self, X: Float, y: Labels | None = None) -> Self:
        """Learn from float32[n, D] and the attributes.

        Raises:
            ParameterError: no attribute with at least two values, blocks that do not add up, or NaN.
        """
        from .kernel_training import train_kernels
        from .network_training import train_networks

        X = check_matrix(X, who="attributes")
        codes = self._learn_values(y or {}, len(X))
        check_components("attributes", self.n_components, at_most=min(X.shape), of=f"{len(X)} vectors")
        self.blocks_ = Blocks.fit(X, self.blocks, self.random_state)
        inputs = self.blocks_.transform(X)
        sizes, seed = self._sizes, self.random_state
        kernels, estimates = train_kernels(inputs, self.blocks_.inputs, codes, sizes, self.landmarks, seed)
        networks, logits = train_networks(inputs, codes, sizes, self.members, self.hidden, seed)
        found = (logarithms(estimates), logits)
        share, temperature, accuracy = calibrate(found, codes, sizes)
        some = inputs[sample(len(inputs), _SAMPLE, seed)]
        reach = np.array(kernels.reach(some, FAMILIAR), np.float32)
        self.posterior_ = Posterior(tuple(sizes), kernels, networks, share, temperature, accuracy, reach)
        held_out = mixed(found, sizes, share, temperature)
        self._choose_directions(inputs, held_out)
        self._calibrate(inputs, held_out, self._known(codes))
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D] to the look half, float32[m, n_components] of unit length."""
        X = check_matrix(X, who="attributes", width=self.blocks_.width)
        parts = [self._look(inputs, found) for inputs, found in self._predicted(X)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), np.float32)

    def place(self, X: Float, y: Labels | None = None) -> Float:
        """float32[m, D] to stored vectors float32[m, 2 n_components]; `y` takes the place of predictions."""
        X = check_matrix(X, who="attributes", width=self.blocks_.width)
        codes = self._codes(y or {}, len(X))
        rows, start = [np.zeros((0, 2 * self.dim), np.float32)], 0
        for inputs, found in self._predicted(X):
            known = self._known(codes[start : start + len(found)])
            rows.append(np.hstack([self._look(inputs, found), self._expect(np.where(known >= 0, known, found))]))
            start += len(found)
        return np.concatenate(rows)

    def probabilities(self, X: Float) -> dict[str, Float]:
        """Attribute to float32[m, values], calibrated; `values_[attribute]` names the columns."""
        X = check_matrix(X, who="attributes", width=self.blocks_.width)
        parts = [found for _, found in self._predicted(X)] or [np.zeros((0, sum(self._sizes)), np.float32)]
        ends = np.cumsum(self._sizes)[:-1]
        return dict(zip(self.values_, np.split(np.concatenate(parts), ends, axis=1), strict=True))

    @property
    def _sizes(self) -> list[int]:
        return [len(found) for found in self.values_.values()]

    def _learn_values(self, y: Labels, n: int) -> NDArray[np.intp]:
        self.values_: dict[str, NDArray[np.str_]] = {}
        for name in self.attributes:
            found = np.unique(np.asarray(y.get(name, []), dtype=np.str_))
            found = found[found != ""]
            if len(found) >= 2:
                self.values_[name] = found
        if not self.values_:
            raise ParameterError(
                f"attributes learns from {', '.join(self.attributes) or 'no attribute'}, and no two products differ "
                "in them. Choose attributes that the catalog has, or another reducer."
            )
        return self._codes(y, n)

    def _codes(self, y: Labels, n: int) -> NDArray[np.intp]:
        """intp[n, a]: the numbers of the attributes' values, -1 where unknown or never seen."""
        codes = np.full((n, len(self.values_)), -1, np.intp)
        for at, (name, values) in enumerate(self.values_.items()):
            if name in y:
                column = np.asarray(y[name], dtype=np.str_)
                found = np.searchsorted(values, column).clip(max=len(values) - 1)
                codes[:, at] = np.where(values[found] == column, found, -1)
        return codes

    def _known(self, codes: NDArray[np.intp]) -> Float:
        """float32[m, all values]: 1 and 0 where an attribute is known, -1 where it is not."""
        parts = []
        for at, size in enumerate(self._sizes):
            part = np.eye(size, dtype=np.float32)[codes[:, at]]
            part[codes[:, at] < 0] = -1
            parts.append(part)
        return np.hstack(parts)

    def _predicted(self, X: Float) -> Iterator[tuple[Float, Float]]:
        for start in range(0, len(X), _BATCH):
            inputs = self.blocks_.transform(X[start : start + _BATCH])
            yield inputs, self.posterior_.probabilities(inputs)

    def _choose_directions(self, inputs: Float, held_out: Float) -> None:
        """Bases of both halves, from probabilities of products that their network was not trained on."""
        spare = round(LOOK_SHARE * self.n_components)
        self.mean_ = held_out.mean(axis=0).astype(np.float32)
        self.look_ = leading(self._centred(held_out), self.n_components - spare)
        self.features_ = leading(inputs, spare)
        self.labels_ = leading(held_out, self.n_components)

    def _centred(self, found: Float) -> Float:
        """Each attribute's probabilities without their mean and at unit length: all count alike."""
        ends = np.cumsum(self._sizes)[:-1]
        parts = np.split(found - self.mean_, ends, axis=1)
        return np.hstack([unit_rows(np.ascontiguousarray(part)) for part in parts])

    def _look(self, inputs: Float, found: Float) -> Float:
        meaning = unit_rows(np.ascontiguousarray(self._centred(found) @ self.look_.T))
        own = inputs @ self.features_.T
        if own.shape[1]:
            own = LOOK_WEIGHT * unit_rows(np.ascontiguousarray(own))
        return unit_rows(np.ascontiguousarray(np.hstack([meaning, own]), dtype=np.float32))

    def _expect(self, found: Float) -> Float:
        # Divided so that the dot product of two halves is a share of the attributes.
        return np.asarray(found @ self.labels_.T / np.sqrt(len(self.values_)), dtype=np.float32)

    def _calibrate(self, inputs: Float, held_out: Float, known: Float) -> None:
        """The score below which a best hit is unlikely, from the catalog searching itself without the product."""
        rng = np.random.default_rng(self.random_state)
        chosen = rng.permutation(len(inputs))[:_SAMPLE]
        look = self._look(inputs, held_out)
        stored = self._expect(np.where(known >= 0, known, held_out))
        scores = (1 - PRIOR) * look[chosen] @ look.T + PRIOR * self._expect(held_out[chosen]) @ stored.T
        scores[np.arange(len(chosen)), chosen] = -np.inf
        self.threshold_ = float(np.quantile(scores.max(axis=1), CONFIDENCE)) if len(inputs) > 1 else 0.0

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        names = ("n_components", "attributes", "blocks", "landmarks", "members", "hidden", "random_state")
        return {name: getattr(self, name) for name in names}

    def info(self) -> dict[str, Any]:
        """What it predicts, and how well on products that it was not trained on."""
        return {
            "values": {name: len(values) for name, values in self.values_.items()},
            "accuracy": {
                name: round(float(x), 4) for name, x in zip(self.values_, self.posterior_.accuracy, strict=True)
            },
            "prior": PRIOR,
            "confident": round(self.threshold_, 4),
        }

    def arrays(self) -> Arrays:
        """Values, blocks, networks, directions, threshold."""
        return {
            **{f"values.{name}": values for name, values in self.values_.items()},
            **self.blocks_.arrays(),
            **self.posterior_.arrays(),
            "mean": self.mean_,
            "look": self.look_,
            "features": self.features_,
            "labels": self.labels_,
            "threshold": np.array(self.threshold_),
        }

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        names = [name for name in self.attributes if f"values.{name}" in arrays]
        self.values_ = {name: arrays[f"values.{name}"] for name in names}
        self.blocks_ = Blocks.restore(arrays)
        self.posterior_ = Posterior.restore(arrays, self._sizes)
        self.mean_, self.look_ = arrays["mean"], arrays["look"]
        self.features_, self.labels_ = arrays["features"], arrays["labels"]
        self.threshold_ = float(arrays["threshold"])
        return self


def leading(rows: Float, count: int) -> Float:
    """float32[count, width]: orthonormal directions of most energy; zero rows where there are no more."""
    energy, directions = np.linalg.eigh(rows.T.astype(np.float64) @ rows.astype(np.float64))
    found = directions[:, np.argsort(-energy)[:count]].T
    # The sign is the solver's; fixed, so that machines agree.
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    full = np.zeros((count, rows.shape[1]), np.float32)
    full[: len(found)] = found * signs[:, None]
    return full
