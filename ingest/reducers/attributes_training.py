"""Training of the small networks behind the `attributes` reducer; the only part of it that needs torch.

Each member is trained on all products but one fold; the fold says when to stop, and its products' probabilities,
which no training has touched, calibrate the ensemble (Guo et al. 2017) and choose the reducer's directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimator import Float
from .posterior import Posterior, calibrated, log_softmax

Weights = tuple[Float, Float, Float, Float]
"""Hidden layer and output layer, weights and biases, of one network."""

EPOCHS = 30
MAX_STEPS = 6_000
"""Per member; a large catalog takes fewer epochs, so that fitting 44,000 products stays within minutes."""

BATCH = 128
RATE = 2e-3
DECAY = 0.05
DROPOUT = 0.5
INPUT_DROPOUT = 0.2
SMOOTHING = 0.05


def train(
    inputs: Float, codes: NDArray[np.intp], sizes: Sequence[int], members: int, hidden: int, seed: int
) -> tuple[Posterior, Float]:
    """Train and calibrate an ensemble.

    Args:
        inputs: float32[n, k].
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.
        members: networks.
        hidden: units of each.
        seed: of folds, initial weights, order and dropout.

    Returns:
        The ensemble, and float32[n, c]: each product's probabilities by a member that was not trained on it.
    """
    n = len(inputs)
    folds = np.random.default_rng(seed).permutation(n) % max(members, 2) if n >= 20 else np.full(n, -1)
    trained = [_member(inputs, codes, sizes, folds == at, hidden, seed * 1000 + at) for at in range(members)]
    ones = np.ones(len(sizes), np.float32)
    logits = _ensemble(trained, sizes, ones, ones).logits(inputs)
    for at, member in enumerate(trained):
        fold = folds == at
        if fold.any():
            logits[fold] = _ensemble([member], sizes, ones, ones).logits(inputs[fold])
    tested = folds < members
    temperature, accuracy = _calibrate(logits[tested], codes[tested], sizes)
    return _ensemble(trained, sizes, temperature, accuracy), calibrated(logits, sizes, temperature)


def _ensemble(members: Sequence[Weights], sizes: Sequence[int], temperature: Float, accuracy: Float) -> Posterior:
    hidden, hidden_bias, output, output_bias = (np.stack(part) for part in zip(*members, strict=True))
    return Posterior(tuple(sizes), hidden, hidden_bias, output, output_bias, temperature, accuracy)


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


def _calibrate(logits: Float, codes: NDArray[np.intp], sizes: Sequence[int]) -> tuple[Float, Float]:
    """The temperature of each attribute that makes the known values most likely, and the accuracy."""
    temperatures, accuracies = [], []
    for at, part in enumerate(np.split(logits, np.cumsum(sizes)[:-1], axis=1)):
        known = codes[:, at] >= 0
        truth = codes[known, at]
        if not known.any():
            temperatures.append(1.0)
            accuracies.append(np.nan)
            continue

        def loss(temperature: float, part: Float = part[known], truth: NDArray[np.intp] = truth) -> float:
            found = log_softmax(part / np.float32(temperature), [part.shape[1]])
            return -float(found[np.arange(len(truth)), truth].mean())

        temperatures.append(min(np.geomspace(0.3, 3.0, 47), key=loss))
        accuracies.append(float((part[known].argmax(axis=1) == truth).mean()))
    return np.array(temperatures, np.float32), np.array(accuracies, np.float32)
