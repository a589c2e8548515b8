"""A shard that is being built, of any size: small ones as they come, large ones as segments sorted by cluster."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ....errors import StoreError
from ...filters import EVERYTHING
from ...manifest import Manifest
from ..files import used_bytes
from ..graphs import LARGE
from ..points import Point
from .parts import PARTS, SEGMENTS, Parts
from .settings import YOUNG, is_of_today, segments_for
from .shard import Shard

PRESS = "press"
"""Folder in which parts become a segment, in that of the version that is being built."""


class GrowingShard:
    """The shard of a version that is being built.

    The first `LARGE` points are written into it as they come, unless it is known that there will be more. Further ones
    go into `Parts`, and so do the points that were written before where the version began with none. When it is
    finished, each group of parts becomes a segment with a graph of its own, which is moved into the shard.

    Args:
        folder: of the version.
        manifest: of the version.
        shard: of it, with what its parent holds.
        fresh: whether it began with nothing.
    """

    def __init__(self, folder: Path, manifest: Manifest, shard: Shard, *, fresh: bool) -> None:
        self._folder = folder
        self._manifest = manifest
        self._shard = shard
        self._fresh = fresh
        self._written = 0
        self._parts: Parts | None = None

    @classmethod
    def begin(cls, folder: Path, manifest: Manifest) -> GrowingShard:
        """One without any points."""
        large = manifest.products > LARGE
        made = cls(folder, manifest, Shard.create(folder / "shard", manifest, large=large), fresh=True)
        if large:
            made._parts = Parts(folder / PARTS, manifest)
        return made

    @classmethod
    def following(cls, folder: Path, manifest: Manifest, parent: Manifest) -> GrowingShard:
        """One with its parent's points, whose shard has been copied into the folder.

        A large shard that an earlier release made, or that has grown large since, is sorted anew, once, in about the
        time of a build.
        """
        path = folder / "shard"
        large = parent.products > LARGE
        again = large and not is_of_today(path)
        shard = Shard.load(path, manifest, segments=segments_for(parent.products) + YOUNG, large=large)
        made = cls(folder, manifest, shard, fresh=again)
        if again:
            made._divide()
        else:
            shard.index(manifest.schema, parent.schema)
        return made

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""
        self._written += len(points)
        if self._parts is None and self._written > LARGE:
            self._divide()
        if self._parts is None:
            self._shard.upsert(points)
            return
        self._parts.upsert(points)
        if not self._fresh:
            self._shard.delete([point.key for point in points])

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by key; vectors stay."""
        if self._parts is None:
            self._shard.replace_payloads(payloads)
            return
        there = [record.id for record in self._shard.retrieve(list(payloads), with_vector=False) if record is not None]
        self._shard.replace_payloads({key: payloads[key] for key in there})
        self._parts.replace_payloads(payloads)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        self._shard.delete(keys)
        if self._parts is not None:
            self._parts.delete(keys)

    def count(self) -> int:
        """Number of points."""
        return self._shard.count() + (self._parts.count() if self._parts is not None else 0)

    def finish(self) -> None:
        """Merge and index what is worth it, make all updates durable, and release the files."""
        if self._parts is not None:
            points, groups = self.count(), self._parts.groups()
            self._shard.flush()
            self._shard.close()
            for group in groups:
                self._press(group)
            self._parts.remove()
            self._shard = Shard.load(self._path, self._manifest, segments=segments_for(points) + YOUNG, large=True)
            if self._shard.count() != points:
                raise StoreError(f"{self._path} has {self._shard.count()} points of {points} after they were sorted.")
        self._shard.finish()
        self._shard.close()

    def close(self) -> None:
        """Release the files."""
        self._shard.close()
        if self._parts is not None:
            self._parts.close()

    @property
    def _path(self) -> Path:
        return self._folder / "shard"

    def _divide(self) -> None:
        self._parts = Parts(self._folder / PARTS, self._manifest)
        if not self._fresh:
            return
        points = (record.point() for record in self._shard.scroll(EVERYTHING, with_vector=True, batch=1000))
        for block in _blocks(points, 1000):
            self._parts.upsert(block)
        self._shard.close()
        shutil.rmtree(self._path)
        self._shard = Shard.create(self._path, self._manifest, large=True)

    def _press(self, parts: Sequence[Path]) -> None:
        """Merge parts into a segment with all indexes, and move it into the shard."""
        press = self._folder / PRESS
        _check_space(parts, self._folder)
        for path in (press, self._folder / "empty"):
            shard = Shard.create(path, self._manifest, segments=1, large=True)
            shard.flush()
            shard.close()
        # Of two segments the engine merges none: there are the empty one with the indexes, another, and the parts.
        for path in (self._folder / "empty", *parts):
            for segment in (path / SEGMENTS).iterdir():
                segment.rename(press / SEGMENTS / segment.name)
            shutil.rmtree(path)
        shard = Shard.load(press, self._manifest, segments=1, large=True)
        shard.finish()
        shard.close()
        # Beside the merged segment there is an empty one, for further points.
        *empty, largest = sorted((press / SEGMENTS).iterdir(), key=used_bytes)
        for segment in (largest, *empty[1:]):
            segment.rename(self._path / SEGMENTS / segment.name)
        shutil.rmtree(press)


def _check_space(parts: Sequence[Path], folder: Path) -> None:
    # The engine writes into mapped files: where the disk is full, it ends the process without a word.
    needed, free = sum(map(used_bytes, parts)), shutil.disk_usage(folder).free
    if free < 2 * needed:
        raise StoreError(
            f"{folder} has {free / 2**20:,.0f} MiB left, and a segment of the index needs {2 * needed / 2**20:,.0f} "
            "while it is made. Make room, or prune old versions, and run the same command again."
        )


def _blocks(points: Iterable[Point], size: int) -> Iterator[list[Point]]:
    points = iter(points)
    while block := list(islice(points, size)):
        yield block
