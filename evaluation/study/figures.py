"""The study's figures and two of our own; every title says what there is to see.

Colours are those of Okabe and Ito (2008), which the colour-blind can tell apart; markers differ as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.evaluation.scoring import MEAN
from likewise.ingest.catalog import Product
from likewise.search.showing.rendering import label

from .tables import PRECISION, Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F", "#A65628", "#F0E442")
MARKERS = "osD^vP*Xh<"

MOST_BARS = 12
"""Values of a column in a figure, and lines of groups in one."""


def new(width: float = 7.5, height: float = 4.2, *, columns: int = 1, rows: int = 1) -> tuple[Figure, Any]:
    """A figure without a window system, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel in axes.flat:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    return figure, axes


def distribution(products: Sequence[Product], columns: Sequence[str]) -> Figure:
    """How the catalog is spread over the values of some columns, the most frequent ones."""
    figure, axes = new(columns=len(columns))
    for panel, key in zip(axes.flat, columns, strict=True):
        found = Counter(label(product.values.get(key, "unknown")) for product in products).most_common()
        rest = found[MOST_BARS - 1 :]
        shown = found if len(found) <= MOST_BARS else found[: MOST_BARS - 1]
        counts = shown if shown is found else [*shown, (f"{len(rest):,} others", sum(size for _, size in rest))]
        names, sizes = [name for name, _ in counts], [size for _, size in counts]
        bars = panel.barh(names[::-1], sizes[::-1], color=COLOURS[0])
        panel.bar_label(bars, [f"{size:,}" for size in sizes[::-1]], padding=3, fontsize=8)
        panel.margins(x=0.18)
        panel.set_title(f"{key}: {100 * sizes[0] / len(products):.0f} % are {names[0]}", fontsize=10)
    return figure


def variance(sweep: dict[str, Any]) -> Figure:
    """Explained variance against components, with the elbow."""
    figure, axes = new()
    panel, shares, elbow = axes[0, 0], np.array(sweep["shares"]) * 100, sweep["elbow"]
    panel.plot(np.arange(1, len(shares) + 1), shares, color=COLOURS[0])
    panel.axvline(elbow, color=COLOURS[1], linestyle="--", linewidth=1)
    panel.annotate(f"elbow: {elbow}", (elbow, 4), xytext=(6, 0), textcoords="offset points", fontsize=9)
    at = min(100, len(shares))
    panel.plot([at], [shares[at - 1]], "o", color=COLOURS[2])
    panel.annotate(
        f"{at}: {shares[at - 1]:.0f} %", (at, shares[at - 1]), xytext=(6, -14), textcoords="offset points", fontsize=9
    )
    panel.set(xlabel="principal components", ylabel="explained variance, %", ylim=(0, 102))
    panel.set_title(f"{at} components keep {shares[at - 1]:.0f} % of the variance", fontsize=10)
    return figure


def inertia(sweep: dict[str, Any]) -> Figure:
    """k-means inertia against the number of clusters."""
    figure, axes = new()
    axes[0, 0].plot(sweep["counts"], sweep["inertia"], marker="o", color=COLOURS[0])
    fall = 100 * (1 - sweep["inertia"][-1] / sweep["inertia"][0])
    axes[0, 0].set(xlabel="clusters", ylabel="inertia")
    first, last = sweep["counts"][0], sweep["counts"][-1]
    elbow = "" if fall > 80 else ", without a sharp elbow"
    axes[0, 0].set_title(f"From {first} to {last} clusters the inertia falls by {fall:.0f} %{elbow}", fontsize=10)
    return figure


def precision_by_clusters(sweep: dict[str, Any]) -> Figure:
    """Precision@6 inside the query's cluster, against the number of clusters."""
    names = list(sweep["precision"])
    figure, axes = new(9.0, 4.2, columns=len(names))
    for panel, name in zip(axes.flat, names, strict=True):
        series = sweep["precision"][name]
        # No more lines than there are colours, of which the mean has its own.
        groups = [category for category in series[0] if category != MEAN][: len(COLOURS) - 1]
        for at, category in enumerate([*groups, MEAN]):
            values = [found[category] for found in series]
            bold = category == MEAN
            colour = COLOURS[6] if bold else COLOURS[[*range(6), 7, 8, 9][at]]
            panel.plot(sweep["counts"], values, MARKERS[at] + "-", color=colour,
                       linewidth=2 if bold else 1.2, markersize=4, label=category)  # fmt: skip
        best = int(np.argmax([found[MEAN] for found in series]))
        panel.set(xlabel="clusters", ylabel="Precision@6, %")
        panel.set_title(f"{name}: best at {sweep['counts'][best]} clusters ({series[best][MEAN]:.1f} %)", fontsize=10)
        panel.legend(fontsize=8, frameon=False)
    return figure


def precision_by_dimension(sweep: dict[str, Any]) -> Figure:
    """Precision@6 against the width of the vectors."""
    figure, axes = new()
    panel = axes[0, 0]
    for at, (name, found) in enumerate((name, found) for name, found in sweep.items() if name not in ("key", "none")):
        panel.plot(found["dims"], found["precision"], MARKERS[at] + "-", color=COLOURS[at], markersize=5, label=name)
    raw = sweep["none"]
    panel.axhline(raw["precision"][0], color=COLOURS[7], linestyle=":", label=f"features, {raw['dims'][0]}-d")
    panel.set_xscale("log")
    panel.set(xlabel="dimensions", ylabel="Precision@6, %")
    enough = [
        dim
        for name in ("pca", "kernel-pca")
        if name in sweep
        for dim, value in zip(sweep[name]["dims"], sweep[name]["precision"], strict=True)
        if value >= raw["precision"][0] - 1
    ]
    finding = (
        f"{min(enough)} dimensions are within a point of all {raw['dims'][0]}" if enough else "Precision by dimension"
    )
    panel.set_title(finding, fontsize=10)
    panel.legend(fontsize=8, frameon=False)
    return figure


def precision_by_probe(sweep: dict[str, Any]) -> Figure:
    """Precision@6 and time against the number of probed clusters."""
    figure, axes = new(9.0, 4.0, columns=2)
    found = {name: series for name, series in sweep.items() if name != "key"}
    for at, (name, series) in enumerate(found.items()):
        for panel, values in zip(axes.flat, (series["precision"], series["ms"]), strict=True):
            panel.plot(series["probes"], values, MARKERS[at] + "-", color=COLOURS[at], markersize=5, label=name)
    lost = max(series["precision"][-1] - series["precision"][0] for series in found.values())
    axes[0, 0].set_title(f"One cluster instead of all costs at most {max(lost, 0):.1f} points", fontsize=10)
    axes[0, 1].set_title("and this much time a query", fontsize=10)
    for panel, measured in zip(axes.flat, ("Precision@6, %", "median of a query, ms"), strict=True):
        panel.set(xlabel="probed clusters", ylabel=measured)
        panel.legend(fontsize=8, frameon=False)
    axes[0, 1].set_ylim(bottom=0)
    return figure


def overview(findings: Findings, protocol: str) -> Figure:
    """Every method's mean with its interval, beside the study's."""
    chosen = [result for result in findings.study.results if result.protocol == protocol]
    row_of = findings.at_study_k(protocol)
    rows = {result.method.name: row_of[result.method.name, MEAN, PRECISION] for result in chosen}
    figure, axes = new(7.5, 0.42 * len(chosen) + 1.2)
    panel = axes[0, 0]
    for at, result in enumerate(reversed(chosen)):
        row = rows[result.method.name]
        panel.errorbar(row.value, at, xerr=[[row.value - row.low], [row.high - row.value]], fmt="o", color=COLOURS[0],
                       capsize=3, label="ours, 95 % interval" if at == 0 else None)  # fmt: skip
    # Our own row has no published figure: all markers are one series, so that its name does not hang on a row.
    published = {
        at: findings.published(result.method)[MEAN]
        for at, result in enumerate(reversed(chosen))
        if findings.published(result.method)
    }
    if published:
        panel.plot(list(published.values()), list(published), "D", color=COLOURS[1], markersize=5, label="published")
    panel.set_yticks(range(len(chosen)), [result.method.title for result in reversed(chosen)])
    best = max(rows.values(), key=lambda row: row.value)
    title = next(result.method.title for result in chosen if result.method.name == best.method)
    rivals = sum(row.high >= best.low for row in rows.values()) - 1
    doubt = f"; {rivals} intervals overlap its own" if rivals else ""
    panel.set_title(f"{protocol}: {title} highest, {best.value:.1f} %{doubt}", fontsize=10)
    panel.set(xlabel="Precision@6, %, mean of the categories")
    panel.legend(fontsize=8, frameon=False)
    return figure


def maps(sweeps: dict[str, dict[str, Any]], key: str) -> Figure:
    """2-D maps of the catalog, one a reducer, coloured by `key`."""
    columns = 3
    rows = -(-len(sweeps) // columns)
    figure, axes = new(10.5, 3.4 * rows + 0.6, columns=columns, rows=rows)
    for panel in axes.flat[len(sweeps) :]:
        panel.set_visible(False)
    counts = Counter(name for found in sweeps.values() for name in found["names"][key])
    shown = [name for name, _ in counts.most_common(9)]
    for panel, (reducer, found) in zip(axes.flat, sweeps.items(), strict=False):
        _scatter(panel, found, key, shown)
        panel.set_title(f"{reducer}: {_agreement(found, key):.0f} % of the ten nearest agree", fontsize=10)
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, fontsize=8, frameon=False, markerscale=2.5)
    best = max(sweeps, key=lambda reducer: _agreement(sweeps[reducer], key))
    figure.suptitle(f"In two dimensions {best} keeps {key} together best", fontsize=11)
    return figure


def _agreement(found: dict[str, Any], key: str) -> float:
    """Share of each product's ten nearest in the map that have its value, in per cent."""
    from sklearn.neighbors import NearestNeighbors

    points, names = np.column_stack([found["x"], found["y"]]), np.array(found["names"][key])
    count = min(11, len(points))
    near = NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    return float(100 * (names[near[:, : count - 1]] == names[:, None]).mean())


def _scatter(panel: Axes, found: dict[str, Any], key: str, shown: Sequence[str]) -> None:
    x, y, names = np.array(found["x"]), np.array(found["y"]), np.array(found["names"][key])
    for at, name in enumerate([*shown, "others"]):
        chosen = ~np.isin(names, shown) if name == "others" else names == name
        if chosen.any():
            colour = COLOURS[7] if name == "others" else COLOURS[[*range(7), 8, 9][at]]
            panel.scatter(x[chosen], y[chosen], s=3, color=colour, marker=MARKERS[at], linewidths=0, label=name)
    panel.set_xticks([])
    panel.set_yticks([])
