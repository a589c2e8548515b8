"""Training of the small networks of the supervised reducer, the only part of it that needs torch.

Each member of the ensemble is trained on all products but one fold. The fold says when to stop, and the member's
probabilities of its products are those that no training has touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....arrays import Float
from .networks import Networks
from .vocabulary import Codes

Weights = tuple[Float, Float, Float, Float]
"""Hidden layer and output layer, weights and biases, of one network."""

STEPS = 240
EPOCHS = 4, 15
"""Least and most, for about so many steps: a few thousand products are learned by heart in more than eight epochs, and
a large catalog has shown enough after four."""

BATCH = 128, 512
EPOCH_STEPS = 64
"""Steps of an epoch, where the least and the largest batch allow it: a large batch costs less a product."""

JUDGES = 4096
"""Held-out products that say when to stop."""

RATE = 2e-3
DECAY = 0.05
DROPOUT = 0.5
INPUT_DROPOUT = 0.2
SMOOTHING = 0.05


@dataclass(frozen=True, slots=True)
class _Fold:
    """What one member is trained on.

    Attributes:
        inputs: float32[n, k].
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.
        held_out: bool[n], the products that it must not learn from.
    """

    inputs: Float
    codes: Codes
    sizes: Sequence[int]
    held_out: NDArray[np.bool_]


def train_networks(
    inputs: Float, codes: Codes, sizes: Sequence[int], members: int, hidden: int, seed: int
) -> tuple[Networks, Float]:
    """Train an ensemble.

    Args:
        inputs: float32[n, k].
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.
        members: networks.
        hidden: units of each.
        seed: of folds, initial weights, order and dropout.

    Returns:
        The ensemble, and float32[n, c]: the log-probabilities of each product by a member that was not trained on
        it, or by all members where there is none.
    """
    n = len(inputs)
    folds = np.random.default_rng(seed).permutation(n) % max(members, 2) if n >= 20 else np.full(n, -1)
    # A network wants entries around 1; its first layer takes the factor back afterwards.
    gain = np.float32(1 / max(float(inputs.std()), 1e-9))
    scaled = inputs * gain
    trained = [_member(_Fold(scaled, codes, sizes, folds == at), hidden, seed * 1000 + at) for at in range(members)]
    trained = [(weights * gain, bias, output, offset) for weights, bias, output, offset in trained]
    left_out = np.empty((n, sum(sizes)), np.float32)
    for at in np.unique(folds):
        unseen_by = trained[at : at + 1] if 0 <= at < members else trained
        left_out[folds == at] = _ensemble(unseen_by, sizes).log_probabilities(inputs[folds == at])
    return _ensemble(trained, sizes), left_out


def _ensemble(members: Sequence[Weights], sizes: Sequence[int]) -> Networks:
    return Networks(tuple(sizes), *(np.stack(part) for part in zip(*members, strict=True)))


def _member(fold: _Fold, hidden: int, seed: int) -> Weights:
    import torch

    # A generator of its own and the order of sums of one thread give the same numbers at every run on a machine.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Any = torch.nn.Sequential(
            torch.nn.Linear(fold.inputs.shape[1], hidden),
            torch.nn.BatchNorm1d(hidden),
            torch.nn.GELU(approximate="tanh"),
            torch.nn.Linear(hidden, sum(fold.sizes)),
        )
        torch.nn.init.normal_(network[-1].weight, std=0.01)
    _optimise(network, fold, seed)
    return _folded(network)


def _optimise(network: Any, fold: _Fold, seed: int) -> None:  # noqa: ANN401 - torch is imported where it is used
    """Train a network, and leave it in the state of the epoch that suits the held-out products best."""
    import torch

    rng = np.random.default_rng(seed)
    rows, judges = np.flatnonzero(~fold.held_out), rng.permutation(np.flatnonzero(fold.held_out))[:JUDGES]
    batch, epochs = batch_and_epochs(len(rows))
    per_epoch = max(1, len(rows) // batch)
    # All parameters in one pass over memory: a step takes half as long.
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * per_epoch, pct_start=0.15)
    inputs, targets = torch.from_numpy(fold.inputs), torch.from_numpy(fold.codes)
    best, best_state = np.inf, None
    for epoch in range(epochs):
        network.train()
        order = rng.permutation(rows)
        for start in range(0, per_epoch * batch, batch):
            chosen = torch.from_numpy(order[start : start + batch])
            # Batch normalisation needs two rows.
            if len(chosen) < 2:
                continue
            units = network[:-1](dropout(inputs[chosen], INPUT_DROPOUT, rng))
            loss = _loss(network[-1](dropout(units, DROPOUT, rng)), targets[chosen], fold.sizes, SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        # Early epochs are never the best, because the learning rate is still high.
        if len(judges) and epoch >= epochs // 2:
            network.eval()
            with torch.no_grad():
                missed = float(_loss(network(inputs[judges]), targets[judges], fold.sizes, 0.0))
            if missed < best:
                best = missed
                best_state = {name: value.detach().clone() for name, value in network.state_dict().items()}
    if best_state is not None:
        network.load_state_dict(best_state)
    network.eval()


def batch_and_epochs(rows: int) -> tuple[int, int]:
    """Products of a step, and epochs, of a member that is trained on so many products."""
    batch = min(int(np.clip(rows // EPOCH_STEPS, *BATCH)), rows)
    return batch, int(np.clip(STEPS // max(1, rows // batch), *EPOCHS))


def dropout(x: Any, share: float, rng: np.random.Generator) -> Any:  # noqa: ANN401 - tensors
    """Dropout (Srivastava et al. 2014) by random bytes, which cost a tenth of torch's random numbers."""
    import torch

    bound = round(256 * share)
    drawn = torch.from_numpy(np.frombuffer(bytearray(rng.bytes(x.numel())), np.uint8)).view(x.shape)
    return x * (drawn >= bound) * (256 / (256 - bound))


def _loss(logits: Any, targets: Any, sizes: Sequence[int], smoothing: float) -> Any:  # noqa: ANN401 - tensors
    """The sum over the attributes of their cross-entropy; unknown values count for nothing."""
    import torch

    total = logits.sum() * 0.0
    for at, part in enumerate(logits.split(list(sizes), dim=1)):
        if (targets[:, at] >= 0).any():
            total = total + torch.nn.functional.cross_entropy(
                part, targets[:, at], ignore_index=-1, label_smoothing=smoothing
            )
    return total


def _folded(network: Any) -> Weights:  # noqa: ANN401 - a torch module
    """The weights as arrays, with batch normalisation merged into the layer before it."""
    linear, norm, head = network[0], network[1], network[-1]
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    parts = (
        linear.weight * scale[:, None],
        (linear.bias - norm.running_mean) * scale + norm.bias,
        head.weight,
        head.bias,
    )
    hidden, hidden_bias, output, output_bias = (part.detach().numpy().astype(np.float32) for part in parts)
    return hidden, hidden_bias, output, output_bias
