"""The label benchmark as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .labels import SHARES, Row

WHOLE = "+ colour signature"
"""The case with everything and with labels as they are."""


def markdown(rows: Sequence[Row]) -> str:
    """A table of the cases."""
    lines = ["| case | mean | by seed |", "|---|---|---|"]
    lines += [
        f"| {row.case} | {row.precision:.1f} | {', '.join(f'{value:.1f}' for value in row.by_seed)} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def plot(rows: Sequence[Row], path: Path) -> None:
    """What each part adds as bars, what poor labels cost as curves."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (bars, curves) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    _bars(bars, [row for row in rows if " of labels " not in row.case])
    _curves(curves, {row.case: row.precision for row in rows})
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _bars(panel: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib is imported where it is used
    names, values = [row.case for row in rows][::-1], [row.precision for row in rows][::-1]
    panel.barh(names, values, color="#4878a8")
    for at, value in enumerate(values):
        panel.text(value + 0.2, at, f"{value:.1f}", va="center", fontsize=8)
    panel.set_xlim(min(values) - 3, max(values) + 3)
    panel.set_xlabel("Precision@6, mean of the categories, %")
    panel.spines[["top", "right"]].set_visible(False)


def _curves(panel: Any, found: dict[str, float]) -> None:  # noqa: ANN401
    for (kind, shares), colour in zip(SHARES.items(), ("#4878a8", "#c0504d"), strict=True):
        values = [found[WHOLE], *(found[f"{share:.0%} of labels {kind}"] for share in shares)]
        panel.plot([0, *(100 * share for share in shares)], values, "o-", color=colour, label=f"labels {kind}")
    raw = found["raw features, cosine"]
    panel.axhline(raw, color="grey", linestyle=":")
    panel.text(0, raw + 0.2, "raw features, no labels at all", fontsize=8, color="grey")
    panel.set_xlabel("share of the labels, %")
    panel.set_ylabel("Precision@6, %")
    panel.legend(frameon=False)
    panel.spines[["top", "right"]].set_visible(False)
