"""Training of the small networks behind the `attributes` reducer; the only part of it that needs torch.

Each member is trained on all products but one fold; the fold says when to stop, and its products' probabilities are
those that no training has touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....arrays import Float
from .networks import Networks

Weights = tuple[Float, Float, Float, Float]
"""Hidden layer and output layer, weights and biases, of one network."""

EPOCHS = 15
MAX_STEPS = 6_000
"""Per member; a large catalog takes fewer epochs, so that fitting 44,000 products stays within minutes."""

BATCH = 128
RATE = 2e-3
DECAY = 0.05
DROPOUT = 0.5
INPUT_DROPOUT = 0.2
SMOOTHING = 0.05


def train_networks(
    inputs: Float, codes: NDArray[np.intp], sizes: Sequence[int], members: int, hidden: int, seed: int
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
        The ensemble, and float32[n, c]: the logarithms of each product's probabilities by a member that was not
        trained on it, or by all where there is none.
    """
    n = len(inputs)
    folds = np.random.default_rng(seed).permutation(n) % max(members, 2) if n >= 20 else np.full(n, -1)
    # A network wants entries around 1; its first layer takes the factor back afterwards.
    gain = np.float32(1 / max(float(inputs.std()), 1e-9))
    scaled = inputs * gain
    trained = [_member(scaled, codes, sizes, folds == at, hidden, seed * 1000 + at) for at in range(members)]
    trained = [(weights * gain, bias, output, offset) for weights, bias, output, offset in trained]
    left_out = _ensemble(trained, sizes).logarithms(inputs)
    for at, member in enumerate(trained):
        fold = folds == at
        if fold.any():
            left_out[fold] = _ensemble([member], sizes).logarithms(inputs[fold])
    return _ensemble(trained, sizes), left_out


def _ensemble(members: Sequence[Weights], sizes: Sequence[int]) -> Networks:
    return Networks(tuple(sizes), *(np.stack(part) for part in zip(*members, strict=True)))


def _member(
    inputs: Float, codes: NDArray[np.intp], sizes: Sequence[int], held: NDArray[np.bool_], hidden: int, seed: int
) -> Weights:
    import torch

    # A generator of its own and one thread's order of sums: the same numbers at every run on a machine.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = torch.nn.Sequential(
            torch.nn.Linear(inputs.shape[1], hidden),
            torch.nn.BatchNorm1d(hidden),
            torch.nn.GELU(approximate="tanh"),
            torch.nn.Dropout(DROPOUT),
        )
        head = torch.nn.Linear(hidden, sum(sizes))
        torch.nn.init.normal_(head.weight, std=0.01)
        _optimise(body, head, inputs, codes, sizes, held, seed)
    return _folded(body, head)


def _optimise(
    body: Any,  # noqa: ANN401 - torch is imported where it is used
    head: Any,  # noqa: ANN401
    inputs: Float,
    codes: NDArray[np.intp],
    sizes: Sequence[int],
    held: NDArray[np.bool_],
    seed: int,
) -> None:
    import torch

    rows = np.flatnonzero(~held)
    batch = min(BATCH, len(rows))
    per_epoch = max(1, len(rows) // batch)
    epochs = max(4, min(EPOCHS, MAX_STEPS // per_epoch))
    parameters = [*body.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * per_epoch, pct_start=0.15)
    features, targets = torch.from_numpy(inputs), torch.from_numpy(codes)
    rng = np.random.default_rng(seed)
    best, kept = np.inf, None
    for epoch in range(epochs):
        body.train()
        order = rng.permutation(rows)
        for start in range(0, per_epoch * batch, batch):
            chosen = torch.from_numpy(order[start : start + batch])
            if len(chosen) < 2:
                continue
            given = torch.nn.functional.dropout(features[chosen], INPUT_DROPOUT)
            loss = _loss(head(body(given)), targets[chosen], sizes, SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        # Early epochs are never the best: the learning rate is still high.
        if held.any() and epoch >= epochs // 2:
            body.eval()
            with torch.no_grad():
                loss = float(_loss(head(body(features[held])), targets[held], sizes, 0.0))
            if loss < best:
                best, kept = loss, [value.detach().clone() for value in _state(body, head)]
    if kept is not None:
        with torch.no_grad():
            for value, old in zip(_state(body, head), kept, strict=True):
                value.copy_(old)
    body.eval()


def _state(body: Any, head: Any) -> list[Any]:  # noqa: ANN401
    return [*body.state_dict().values(), *head.state_dict().values()]


def _loss(logits: Any, targets: Any, sizes: Sequence[int], smoothing: float) -> Any:  # noqa: ANN401
    import torch

    total = logits.sum() * 0.0
    for at, part in enumerate(logits.split(list(sizes), dim=1)):
        if (targets[:, at] >= 0).any():
            total = total + torch.nn.functional.cross_entropy(
                part, targets[:, at], ignore_index=-1, label_smoothing=smoothing
            )
    return total


def _folded(body: Any, head: Any) -> Weights:  # noqa: ANN401
    """Weights as arrays, batch normalisation merged into the layer before it."""
    linear, norm = body[0], body[1]
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    parts = (
        linear.weight * scale[:, None],
        (linear.bias - norm.running_mean) * scale + norm.bias,
        head.weight,
        head.bias,
    )
    hidden, hidden_bias, output, output_bias = (part.detach().numpy().astype(np.float32) for part in parts)
    return hidden, hidden_bias, output, output_bias
