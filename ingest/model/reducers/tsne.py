"""t-SNE, in as many dimensions as an index has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ...errors import ParameterError
from ..landmarks import nearest
from .landmark_embedding import LandmarkEmbedding

if TYPE_CHECKING:
    import torch

_EXAGGERATION = 12.0
_BLOCK = 512


class TSNE(LandmarkEmbedding):
    """t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008).

    Barnes-Hut and interpolation approximations end at three dimensions, so the repulsion between landmarks is
    computed exactly, in blocks; the attraction is sparse (3 x perplexity neighbours, van der Maaten 2014). The
    Student distribution has max(d - 1, 1) degrees of freedom, as van der Maaten (AISTATS 2009) found right for d
    dimensions.

    Args:
        n_components: width of the index vectors.
        perplexity: effective number of neighbours.
        n_iter: steps of gradient descent, the first 40 % with early exaggeration.
        landmarks: most products that are optimised; the time grows with its square.
        random_state: seed of the sample; the start is the landmarks' principal components.
    """

    name = "tsne"

    def __init__(
        self,
        n_components: int = 100,
        perplexity: float = 30.0,
        n_iter: int = 250,
        landmarks: int = 4000,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.perplexity = perplexity
        self.n_iter = n_iter
        self.landmarks = landmarks
        self.random_state = random_state

    def check_params(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: as for every strategy, or a perplexity below 1.
        """
        super().check_params()
        if self.perplexity < 1:
            raise ParameterError(f"{self.name} takes a perplexity of 1 or more; received {self.perplexity!r}.")

    def _embed(self, landmarks: Float) -> Float:
        import torch

        joint = _similarities(landmarks, self.perplexity)
        y = torch.from_numpy(_start(landmarks, self.n_components, self.random_state))
        speed, gain = torch.zeros_like(y), torch.ones_like(y)
        rate = max(len(landmarks) / _EXAGGERATION / 4, 50.0)
        for step in range(self.n_iter):
            early = step < 0.4 * self.n_iter
            slope = _gradient(y, joint, _EXAGGERATION if early else 1.0)
            # Delta-bar-delta gains (Jacobs 1988), as in the authors' own code.
            gain = torch.where(slope * speed < 0, gain + 0.2, gain * 0.8).clamp_(min=0.01)
            speed = (0.5 if early else 0.8) * speed - rate * gain * slope
            y = y + speed
            y -= y.mean(0)
        return y.numpy()


def _start(points: Float, width: int, seed: int) -> Float:
    """The first coordinates, very small, as a start float32[n, width]; they are principal components already."""
    start = points[:, :width] / max(float(points[:, 0].std()), 1e-12) * 1e-4
    missing = width - start.shape[1]
    extra = 1e-6 * np.random.default_rng(seed).normal(size=(len(points), max(missing, 0)))
    return np.ascontiguousarray(np.hstack([start, extra]), dtype=np.float32)


def _similarities(points: Float, perplexity: float) -> Any:  # noqa: ANN401 - a scipy sparse matrix
    """Symmetric probabilities csr[n, n] of being neighbours, which sum to 1."""
    from scipy.sparse import csr_matrix

    n = len(points)
    k = min(int(3 * perplexity), n - 1)
    neighbours, distances = nearest(points, points, k + 1)
    squares = distances.astype(np.float64) ** 2
    squares[neighbours == np.arange(n)[:, None]] = np.inf
    p = _calibrate(squares, min(perplexity, k / 3))
    joint = csr_matrix((p.ravel(), neighbours.ravel(), np.arange(0, n * (k + 1) + 1, k + 1)), shape=(n, n))
    joint = ((joint + joint.T) / (2 * n)).tocsr().astype(np.float32)
    joint.sort_indices()
    return joint


def _calibrate(squares: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Gaussian probabilities of squared distances, each row of entropy log(perplexity), by bisecting its precision."""
    finite = np.where(np.isfinite(squares), squares, np.nan)
    shifted = squares - np.nanmin(finite, axis=1, keepdims=True)
    low, high = np.zeros(len(squares)), np.full(len(squares), np.inf)
    beta = 1 / np.maximum(np.nanmean(np.where(np.isfinite(shifted), shifted, np.nan), axis=1), 1e-12)
    p = np.zeros_like(squares)
    for _ in range(60):
        p = np.exp(-beta[:, None] * shifted)
        p /= p.sum(axis=1, keepdims=True)
        entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1)
        flat = entropy > np.log(perplexity)
        low, high = np.where(flat, beta, low), np.where(flat, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
    return p


def _gradient(y: torch.Tensor, joint: Any, exaggeration: float) -> torch.Tensor:  # noqa: ANN401 - scipy sparse
    """Gradient of the Kullback-Leibler divergence at the embedding float32[n, d]."""
    import torch
    from scipy.sparse import csr_matrix

    degrees = max(y.shape[1] - 1, 1)
    scaled = y / degrees**0.5
    squares = (scaled * scaled).sum(1)
    pull = np.empty_like(joint.data)
    repulsion, total = torch.empty_like(y), 0.0
    for start in range(0, len(y), _BLOCK):
        stop = min(start + _BLOCK, len(y))
        # The logarithm of 1 + distance² / degrees; the kernel is its negative exponential.
        spread = torch.addmm(squares[None], scaled[start:stop], scaled.T, alpha=-2)
        spread = spread.add_(squares[start:stop, None]).clamp_(min=0).log1p_()
        rows = np.arange(start, stop)
        edges = slice(joint.indptr[start], joint.indptr[stop])
        at = np.repeat(rows - start, np.diff(joint.indptr[start : stop + 1]))
        pull[edges] = joint.data[edges] * np.exp(-spread.numpy()[at, joint.indices[edges]])
        q = torch.exp(spread * (-(degrees + 1) / 2))
        q[rows - start, rows] = 0
        total += float(q.sum(dtype=torch.float64))
        q *= spread.neg_().exp_()
        repulsion[start:stop] = q.sum(1, keepdim=True) * y[start:stop] - q @ y
    springs = csr_matrix((pull, joint.indices, joint.indptr), shape=joint.shape)
    points = y.numpy()
    attraction = torch.from_numpy(np.asarray(springs.sum(axis=1), np.float32) * points - springs @ points)
    return 2 * (degrees + 1) / degrees * (exaggeration * attraction - repulsion / total)
