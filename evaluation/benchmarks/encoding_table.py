"""The figures of `encoding` as tables and as bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .encoding import Encoding


def markdown(found: Sequence[Encoding]) -> str:
    """The machine, and for each encoder its ways and its whole ingests."""
    parts = [found[0].machine]
    for each in found:
        calibration = (
            "" if each.calibration_s is None else f"; the networks and a calibration took {each.calibration_s} s"
        )
        parts.append(
            f"`{each.encoder}`, {each.pictures:,} pictures, medians of {each.rounds} alternating rounds{calibration}:"
        )
        rows = ["| way | pictures a second | to the eager loop | cosine to fp32, mean | least |", "|---" * 5 + "|"]
        for way in each.ways:
            cosines = ("-", "-") if way.cosine is None else (f"{way.cosine:.4f}", f"{way.least:.4f}")
            rows.append(f"| {way.name} | {way.rate:.1f} | {way.ratio:.2f} | {cosines[0]} | {cosines[1]} |")
        parts.append("\n".join(rows))
        if each.wholes:
            parts.append("From files to a published index, calibration and fit included:")
            rows = ["| precision | pictures | seconds | rate to the eager loop's | peak, MiB |", "|---" * 5 + "|"]
            rows += [
                f"| {one.precision} | {one.pictures:,} | {one.seconds:.0f} | {one.ratio:.2f} | {one.peak_mib:,.0f} |"
                for one in each.wholes
            ]
            parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def plot(found: Sequence[Encoding], path: Path) -> None:
    """A panel of bars for each encoder."""
    from likewise.evaluation.study.figures import COLOURS, new

    figure, axes = new(9.5, 3.4, columns=len(found))
    for panel, each in zip(axes.flat, found, strict=True):
        ways = list(reversed(each.ways))
        colours = [COLOURS[0] if way.name.startswith("likewise") else COLOURS[7 % len(COLOURS)] for way in ways]
        bars = panel.barh([way.name for way in ways], [way.rate for way in ways], color=colours)
        panel.bar_label(bars, [f" {way.rate:.0f}/s, {way.ratio:.1f}x" for way in ways], fontsize=8)
        panel.set(xlabel="pictures a second", xlim=(0, 1.3 * max(way.rate for way in ways)))
        panel.set_title(f"{each.encoder}: {max(way.ratio for way in ways):.1f} times the eager loop", fontsize=10)
    figure.savefig(path)
