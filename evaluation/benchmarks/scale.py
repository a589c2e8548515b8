"""What each reducer and clusterer costs from 5,000 to 44,000 products: fit time, map rate, peak memory.

The features are synthetic, 2048 numbers with the spectrum and the clumps of a real catalog; for the learned reducer as
many as its encoder joins, and attributes that the clumps mostly tell. Every measurement runs in a process of its own,
so that its peak memory is its own; BLAS may use all cores, as it does in an ingest.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.memory import peak_mib
from likewise.ingest.arrays import Float
from likewise.ingest.encoders import encoder_parts
from likewise.ingest.errors import ParameterError
from likewise.ingest.model import CLUSTERERS, REDUCERS, AttributeColumns, unit_rows

SIZES = (5_000, 11_000, 22_000, 44_000)
WIDTH = 2048
COMPONENTS = 100
GROUPS = 60
VALUES = {"gender": 5, "masterCategory": 4, "subCategory": 30, "articleType": 60, "baseColour": 46}
"""Values of each synthetic attribute."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One fit: seconds, vectors mapped a second, and the whole process's peak memory (its input included), MiB."""

    method: str
    n: int
    fit_s: float
    map_per_s: float
    peak_mib: float


def features(n: int, *, seed: int = 0, width: int = WIDTH) -> Float:
    """float32[n, width], at least 0 as after an average pool: clumps of unequal size along decaying axes."""
    return clumps(n, seed=seed, width=width)[0]


def clumps(n: int, *, seed: int = 0, width: int = WIDTH) -> tuple[Float, NDArray[np.intp]]:
    """`features`, and the clump of each."""
    rng = np.random.default_rng(seed)
    decay = (1 + np.arange(width)) ** -0.6
    centres = rng.normal(size=(GROUPS, width)) * decay
    sizes = rng.dirichlet(np.full(GROUPS, 0.8))
    turn = np.linalg.qr(rng.normal(size=(256, 256)))[0]
    vectors, groups = np.empty((n, width), np.float32), np.empty(n, np.intp)
    for start in range(0, n, 4096):
        group = rng.choice(GROUPS, min(4096, n - start), p=sizes)
        block = centres[group] + 0.6 * rng.normal(size=(len(group), width)) * decay
        # Mixing 256 axes at a time spreads the leading ones over many coordinates.
        for at in range(0, width - width % 256, 256):
            block[:, at : at + 256] = block[:, at : at + 256] @ turn
        vectors[start : start + 4096] = np.maximum(block + 0.3, 0)
        groups[start : start + 4096] = group
    return vectors, groups


def attributes(groups: NDArray[np.intp], *, seed: int = 0) -> AttributeColumns:
    """Attributes of products in these clumps; one in seven values is random."""
    rng = np.random.default_rng(seed)
    columns = {}
    for at, (name, count) in enumerate(VALUES.items()):
        chance = rng.integers(0, count, len(groups))
        columns[name] = np.where(rng.random(len(groups)) < 1 / 7, chance, (groups + at) % count).astype(np.str_)
    return columns


def methods() -> list[str]:
    """All reducers and clusterers but the ones that do nothing."""
    return [name for name in (*REDUCERS, *CLUSTERERS) if name != "none"]


def measure(
    out: Path,
    *,
    sizes: Sequence[int] = SIZES,
    names: Sequence[str] | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> list[Cost]:
    """Measure every method at every size; what `out/scale.json` already holds is not repeated.

    Raises:
        ParameterError: an unknown method.
    """
    known = methods()
    for name in names or known:
        if name not in known:
            raise ParameterError(f"Unknown method {name!r}. Known: {', '.join(known)}.")
    out.mkdir(parents=True, exist_ok=True)
    path = out / "scale.json"
    done = [Cost(**cost) for cost in json.loads(path.read_text("utf-8"))] if path.is_file() else []
    context = multiprocessing.get_context("spawn")
    for name in names or known:
        for n in sizes:
            if any((cost.method, cost.n) == (name, n) for cost in done):
                continue
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_measure, args=(name, n, sender))
            process.start()
            sender.close()
            try:
                cost = receiver.recv()
            except EOFError:
                raise ParameterError(f"{name} at {n:,} products ended its process; is the memory enough?") from None
            finally:
                process.join()
            done.append(cost)
            path.write_text(json.dumps([asdict(found) for found in done], indent=1) + "\n", "utf-8")
            say(f"{name} at {n:,}: fit {cost.fit_s:.1f} s, {cost.map_per_s:,.0f}/s, {cost.peak_mib:,.0f} MiB")
    order = {(name, n): at for at, (name, n) in enumerate((name, n) for name in known for n in sorted(sizes))}
    return sorted(done, key=lambda cost: order.get((cost.method, cost.n), len(order)))


def growth(costs: Sequence[Cost], of: str) -> dict[str, float]:
    """Exponent b of the least-squares fit `cost = a · n^b`, by method; 1 is linear."""
    found = {}
    for name in dict.fromkeys(cost.method for cost in costs):
        points = [(cost.n, getattr(cost, of)) for cost in costs if cost.method == name]
        if len(points) > 1:
            n, value = np.log(np.array(points, dtype=float)).T
            found[name] = float(np.polyfit(n, value, 1)[0])
    return found


def markdown(costs: Sequence[Cost]) -> str:
    """One row a method: fit seconds at each size, growth, rate and peak at the largest."""
    sizes = sorted({cost.n for cost in costs})
    exponents = growth(costs, "fit_s")
    head = ["method", *(f"fit at {n:,}, s" for n in sizes), "growth", "mapped a second", "peak, GiB"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name in dict.fromkeys(cost.method for cost in costs):
        mine = {cost.n: cost for cost in costs if cost.method == name}
        last = mine[max(mine)]
        cells = [f"{mine[n].fit_s:.1f}" if n in mine else "-" for n in sizes]
        exponent = f"n^{exponents[name]:.2f}" if name in exponents else "-"
        lines.append(
            f"| {name} | " + " | ".join(cells) + f" | {exponent} | {last.map_per_s:,.0f} | {last.peak_mib / 1024:.2f} |"
        )
    return "\n".join(lines) + "\n"


def plot(costs: Sequence[Cost], path: Path) -> None:
    """Fit time and peak memory against the number of products, both axes logarithmic."""
    from likewise.evaluation.study.figures import COLOURS, MARKERS, new

    figure, axes = new(9.5, 4.2, columns=2)
    slowest = max(costs, key=lambda cost: cost.fit_s)
    for panel, of, label in zip(axes.flat, ("fit_s", "peak_mib"), ("fit, s", "peak memory, MiB"), strict=True):
        for at, name in enumerate(dict.fromkeys(cost.method for cost in costs)):
            mine = sorted((cost.n, getattr(cost, of)) for cost in costs if cost.method == name)
            panel.plot(*zip(*mine, strict=True), MARKERS[at] + "-", color=COLOURS[at], markersize=5, label=name)
        panel.set(xscale="log", yscale="log", xlabel="products", ylabel=label)
        counts = sorted({cost.n for cost in costs})
        panel.set_xticks(counts, [f"{n:,}" for n in counts])
        panel.set_xticks([], minor=True)
    axes[0, 0].set_title(f"{slowest.method} at {slowest.n:,} takes longest: {slowest.fit_s:.0f} s", fontsize=10)
    peak = max(cost.peak_mib for cost in costs)
    axes[0, 1].set_title(f"No method needs more than {peak / 1024:.1f} GiB", fontsize=10)
    axes[0, 1].legend(fontsize=8, frameon=False)
    figure.savefig(path)


def _measure(name: str, n: int, sender: Any) -> None:  # noqa: ANN401 - a multiprocessing connection
    strategy: Any
    learned: tuple[AttributeColumns, ...] = ()
    if name in CLUSTERERS:
        # A clusterer sees reduced vectors, not features.
        vectors = unit_rows(np.ascontiguousarray(features(n)[:, :COMPONENTS]))
        strategy = CLUSTERERS.create(name)
    elif REDUCERS[name].learns_attributes:
        parts = encoder_parts("resnet50-rich") or ()
        vectors, groups = clumps(n, width=sum(parts))
        learned = (attributes(groups),)
        strategy = REDUCERS.create(name, n_components=COMPONENTS, blocks=list(parts))
    else:
        vectors = features(n)
        strategy = REDUCERS.create(name, n_components=COMPONENTS)
    begin = time.perf_counter()
    strategy.fit(vectors, *learned)
    fitted = time.perf_counter()
    mapped = strategy.predict(vectors) if name in CLUSTERERS else strategy.transform(vectors)
    spent = time.perf_counter() - fitted
    sender.send(Cost(name, n, fitted - begin, len(mapped) / spent, peak_mib()))
    sender.close()
