"""The cases of `labels` as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .labels import SHARES, CaseResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHOLE = "+ second network"
"""The case with all parts, and with attributes as they are."""


def markdown(rows: Sequence[CaseResult]) -> str:
    """A table of the cases."""
    lines = ["| case | mean | by seed |", "|---|---|---|"]
    lines += [
        f"| {row.case} | {row.precision:.1f} | {', '.join(f'{value:.1f}' for value in row.by_seed)} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def plot(rows: Sequence[CaseResult], path: Path) -> None:
    """What each part adds as bars, what missing and wrong attributes cost as curves."""
    from .figures import new

    figure, axes = new(11, 4, columns=2)
    _bars(axes[0, 0], [row for row in rows if " of labels " not in row.case])
    _curves(axes[0, 1], {row.case: row.precision for row in rows})
    figure.savefig(path)


def _bars(panel: Axes, rows: Sequence[CaseResult]) -> None:
    from .figures import COLOURS

    names, values = [row.case for row in rows][::-1], [row.precision for row in rows][::-1]
    bars = panel.barh(names, values, color=COLOURS[0])
    panel.bar_label(bars, [f"{value:.1f}" for value in values], padding=3, fontsize=8)
    panel.set_xlim(min(values) - 3, max(values) + 3)
    panel.set_xlabel("Precision@6, mean of the categories, %")


def _curves(panel: Axes, precision: dict[str, float]) -> None:
    from .figures import COLOURS, MARKERS

    for at, (kind, shares) in enumerate(SHARES.items()):
        values = [precision[WHOLE], *(precision[f"{share:.0%} of labels {kind}"] for share in shares)]
        at_share = [0, *(100 * share for share in shares)]
        panel.plot(at_share, values, MARKERS[at] + "-", color=COLOURS[at], label=f"labels {kind}")
    raw = precision["raw features, cosine"]
    panel.axhline(raw, color="grey", linestyle=":")
    panel.text(0, raw + 0.2, "raw features, no labels at all", fontsize=8, color="grey")
    panel.set_xlabel("share of the labels, %")
    panel.set_ylabel("Precision@6, %")
    panel.legend(frameon=False)
