"""Products that a fit does not look at, so that the quality of what it learned can be asked of somebody.

Chosen by the smallest content hashes: which they are depends on nothing but the pictures, changes little from night to
night, and is told by one number, the largest of those hashes. A product that comes later and lies below it was not
fitted on either.
"""

from __future__ import annotations

from collections.abc import Iterable

SHARE = 0.05
MOST = 2000


def held_back(contents: Iterable[str]) -> str:
    """The largest content hash (hexadecimal) that a fit on these pictures holds back; empty where they are too few."""
    ordered = sorted(set(contents))
    count = min(int(SHARE * len(ordered)), MOST)
    return ordered[count - 1] if count else ""
