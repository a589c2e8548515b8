"""Blocks of points on their way into a shard: written by any number of processes, read in by the shard's writer."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from ....errors import StoreError
from ..points import Point

INCOMING = "incoming"
"""Folder of the blocks, in that of the version that is being built."""


@dataclass(frozen=True, slots=True)
class Spool:
    """Keeps points as blocks of vectors and JSON in a folder; can be pickled."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Self:
        """A spool in this folder, which is made."""
        folder.mkdir(exist_ok=True)
        return cls(folder)

    def upsert(self, points: Sequence[Point]) -> None:
        """Add a block; of two blocks with the same point the later one counts.

        Raises:
            StoreError: the disk is full, or the version is not being built any longer.
        """
        if not points:
            return
        # One row a picture, where points have several vectors.
        rows = [np.atleast_2d(point.vector) for point in points]
        heads = [
            [point.key, point.product_id, dict(point.payload), len(own) if point.vector.ndim == 2 else 0]
            for point, own in zip(points, rows, strict=True)
        ]
        text = np.frombuffer(json.dumps(heads).encode(), np.uint8)
        vectors = np.concatenate(rows).astype(np.float32)
        # Names sort by time; a block that is half written has another ending.
        path = self.folder / f"{time.time_ns():020d}-{uuid.uuid4().hex}.npz"
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                np.savez(file, vectors=vectors, text=text)
            partial.replace(path)
        except OSError as error:
            raise StoreError(f"{partial} cannot be written: {error.strerror}.") from error


def spooled(folder: Path) -> Iterator[list[Point]]:
    """The blocks in a folder, oldest first; none where there is no folder."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as block:
            heads, vectors = json.loads(block["text"].tobytes()), block["vectors"]
        at = 0
        points = []
        for key, product_id, payload, several in heads:
            stop = at + max(several, 1)
            points.append(Point(key, product_id, vectors[at:stop] if several else vectors[at], payload))
            at = stop
        yield points
