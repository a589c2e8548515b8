"""Features that lie where an earlier release kept them, taken over into the cache of the user."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..encoders import EncoderSpec
from .cache import BLOCK, FeatureCache, read_header


def adopt(folder: Path, cache: Path) -> int:
    """Move all features of a folder into a cache; returns the number of those that it did not have.

    A run that is killed meanwhile goes on next time: a file goes when all of it has arrived. Where the folder cannot be
    changed, it stays.

    Raises:
        StoreError: the cache cannot be written.
    """
    if folder.resolve() == cache.resolve():
        return 0
    taken = 0
    for path in sorted(folder.glob("*.vectors")):
        header = read_header(path)
        if header is None:
            continue
        with suppress(PermissionError):
            taken += _move(path, cache, *header)
    if not any(folder.glob("*.vectors")):
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def _move(path: Path, cache: Path, fingerprint: str, dim: int) -> int:
    spec = EncoderSpec("", "fp32", fingerprint, (dim,))
    old, new = FeatureCache(path.parent, spec), FeatureCache(cache, spec)
    contents = old.contents
    taken = 0
    for start in range(0, len(contents), BLOCK):
        block = contents[start : start + BLOCK]
        wanted = [block[at] for at in np.flatnonzero(old.has(block) & ~new.has(block))]
        if wanted:
            new.append(wanted, old.get(wanted))
        taken += len(wanted)
    path.unlink()
    return taken
