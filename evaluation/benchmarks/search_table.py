"""The figures of `search` as tables and as lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .search import EVERY, OURS, Searched
from .search_run import WAYS

_COSTS = {"cpu_p50": "p50 of the processor", "build_cpu_s": "build", "disk_mib": "disk", "memory_mib": "memory"}


def markdown(found: Sequence[Searched], machine: str, left_out: Sequence[str]) -> str:
    """The machine, and at each size what searching and what keeping costs; then how costs grow.

    Args:
        found: ordered by size and way.
        machine: it was measured on.
        left_out: what was not measured, and why.
    """
    parts = [machine]
    sizes = sorted({each.products for each in found})
    for products in sizes:
        here = [each for each in found if each.products == products]
        parts += [
            f"{products:,} products, one query at a time, one thread. Ratios are of the processor's p50 to that of "
            "`likewise, by id` and of `likewise, every cluster` in alternating rounds of one run; recall@6 is among "
            "what a way searches, and among all products.",
            _searches(here),
            _keeping(here),
        ]
    if len(sizes) > 1:
        parts += ["Growth of the costs with the products, n^…; 1 is linear:", _growths(found)]
    parts += left_out
    return "\n\n".join(parts) + "\n"


def _searches(found: Sequence[Searched]) -> str:
    head = ["way", "p50, ms", "p95", "p99", "of the processor: p50", "its p99", "a second", "recall@6", "of all"]
    head += ["to ours", "to ours everywhere", "queries"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for each in found:
        times = " | ".join(_ms(value) for value in (each.p50, each.p95, each.p99, each.cpu_p50, each.cpu_p99))
        lines.append(
            f"| {WAYS[each.way].name} | {times} | {_rate(each.per_s)} | {each.recall:.4f} | "
            f"{each.recall_everywhere:.4f} | {_rate(each.ratio)} | {_rate(each.ratio_everywhere)} | {each.queries:,} |"
        )
    return "\n".join(lines)


def _keeping(found: Sequence[Searched]) -> str:
    lines = ["| way | build, s | of the processor | disk, MiB | memory, MiB | what it does not do |", "|---" * 6 + "|"]
    lines += [
        f"| {WAYS[each.way].name} | {each.build_s:.1f} | {each.build_cpu_s:.1f} | {each.disk_mib:,.1f} | "
        f"{each.memory_mib:,.0f} | {WAYS[each.way].lacks} |"
        for each in found
    ]
    return "\n".join(lines)


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _growths(found: Sequence[Searched]) -> str:
    lines = ["| way | " + " | ".join(_COSTS.values()) + " |", "|---" * (1 + len(_COSTS)) + "|"]
    for key in dict.fromkeys(each.way for each in found):
        mine = [each for each in found if each.way == key]
        if len(mine) > 1:
            cells = [f"{growth(mine, of):.2f}" for of in _COSTS]
            lines.append(f"| {WAYS[key].name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def growth(found: Sequence[Searched], of: str) -> float:
    """Exponent b of the least-squares fit `cost = a · n^b` for one way; 1 is linear."""
    n, cost = np.log(np.array([(each.products, max(getattr(each, of), 1e-3)) for each in found], dtype=float)).T
    return float(np.polyfit(n, cost, 1)[0])


def plot(found: Sequence[Searched], path: Path) -> None:
    """Median processor time against the number of products, both axes logarithmic."""
    from likewise.evaluation.study.figures import COLOURS, MARKERS, new

    figure, axes = new(9.5, 5.0)
    panel = axes[0, 0]
    for at, key in enumerate(key for key in WAYS if any(each.way == key for each in found)):
        mine = [each for each in found if each.way == key]
        ours = key.startswith(OURS)
        panel.plot(
            [each.products for each in mine], [each.cpu_p50 for each in mine], MARKERS[at] + ("-" if ours else "--"),
            color=COLOURS[at], markersize=6, linewidth=2 if ours else 1.2, label=WAYS[key].name,
        )  # fmt: skip
    counts = sorted({each.products for each in found})
    panel.set(xscale="log", yscale="log", xlabel="products", ylabel="a search, p50, ms of the processor")
    panel.set_xticks(counts, [f"{n:,}" for n in counts])
    panel.set_xticks([], minor=True)
    panel.set_title(finding(found).replace("; ", ";\n"), fontsize=10)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    figure.savefig(path)


def finding(found: Sequence[Searched]) -> str:
    """What there is to see, in a line: ours at the largest size, and how much longer the slowest way takes."""
    largest = max(each.products for each in found)
    here = {each.way: each for each in found if each.products == largest}
    if OURS not in here:
        return f"Searches among {largest:,} products"
    rivals = [each for key, each in here.items() if key not in (OURS, EVERY)]
    words = f"Among {largest:,} products a search by id takes {here[OURS].cpu_p50:.2g} ms of the processor"
    if rivals:
        slowest = max(rivals, key=lambda each: each.ratio)
        words += f"; {WAYS[slowest.way].name} takes {_rate(slowest.ratio)} times as long"
    return words
