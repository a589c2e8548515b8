"""Points of a large version on their way into its segments: sorted by cluster, in bounded memory."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ...manifest import Manifest
from ..points import Point
from .settings import segments_for
from .shard import Shard

PARTS = "parts"
"""Folder of the parts, in that of the version that is being built."""

SEGMENTS = "segments"
"""The engine's folder of a shard's segments, each a folder that can be moved to another shard of equal vectors."""

FULL, OPEN = 25_000, 150_000
"""Points of a part, and of all parts that are written to, 1.2 kB of mapped memory each, after which one is put away."""

BLOCK = 10_000
"""Points that are removed at once."""

PLACES = 2**27
"""Bits that tell which keys may have been written before: 16 MiB; of a million new keys they name 4,000 as well."""


@dataclass(slots=True)
class Part:
    """A shard of one cluster's points, without any index.

    Attributes:
        number: from 0; what comes later has a higher one.
        path: of its folder.
        size: number of its points, once it is put away.
    """

    number: int
    path: Path
    size: int = 0


class Parts:
    """Points by cluster, in shards without indexes, which take points at the full rate of the engine.

    Payload indexes of points that can still change are kept in memory, 2 kB a point. Here none is made: when parts are
    merged with an empty segment that has the indexes, the segment that comes out has them too, on disk.

    Args:
        folder: to make the parts in; not yet there.
        manifest: of the version.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        folder.mkdir()
        self._folder = folder
        self._manifest = manifest
        self._cluster = manifest.schema.key("cluster")
        self._open: dict[str, tuple[Part, Shard]] = {}
        self._closed: dict[str, list[Part]] = defaultdict(list)
        self._made = 0
        self._seen = np.zeros(PLACES // 8, np.uint8)
        self._last: dict[str, int] = {}

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""
        by_cluster: dict[str, list[Point]] = defaultdict(list)
        for point in {point.key: point for point in points}.values():
            by_cluster[self._cluster_of(point)].append(point)
        for cluster, own in by_cluster.items():
            part, shard = self._part(cluster)
            shard.upsert(own)
            part.size += len(own)
            self._last |= dict.fromkeys(self._known([point.key for point in own]), part.number)
            if part.size >= FULL:
                self._put_away(cluster)
        if sum(part.size for part, _ in self._open.values()) > OPEN:
            self._put_away(max(self._open, key=lambda cluster: self._open[cluster][0].size))

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of those points that are here."""
        for part in self._settled():
            shard = Shard.load(part.path, self._manifest)
            there = [record.id for record in shard.retrieve(list(payloads), with_vector=False) if record is not None]
            shard.replace_payloads({key: payloads[key] for key in there})
            _close(shard)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        for _ in self._known(keys):
            pass
        self._last |= dict.fromkeys(keys, -1)

    def count(self) -> int:
        """Number of points."""
        return sum(part.size for part in self._settled())

    def groups(self) -> list[list[Path]]:
        """The folders of the parts that are to become one segment each; a cluster's are together, unless it is huge."""
        self._settled()
        units = [unit for parts in self._closed.values() for unit in _units(parts)]
        groups: list[list[Part]] = [[] for _ in range(segments_for(self.count()))]
        for unit in sorted(units, key=_size, reverse=True):
            min(groups, key=_size).extend(unit)
        return [[part.path for part in group] for group in groups if group]

    def close(self) -> None:
        """Release the files."""
        for _, shard in self._open.values():
            shard.close()
        self._open.clear()

    def remove(self) -> None:
        """Delete everything."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _cluster_of(self, point: Point) -> str:
        cluster = point.payload.get(self._cluster)
        # Where pictures lie in several, the main one's.
        return str(cluster[0] if isinstance(cluster, list) and cluster else cluster)

    def _part(self, cluster: str) -> tuple[Part, Shard]:
        if cluster not in self._open:
            part = Part(self._made, self._folder / f"{self._made}")
            self._open[cluster] = part, Shard.create(part.path, self._manifest, indexed=False)
            self._made += 1
        return self._open[cluster]

    def _put_away(self, cluster: str) -> None:
        part, shard = self._open.pop(cluster)
        part.size = shard.count()
        self._closed[cluster].append(part)
        _close(shard)

    def _settled(self) -> list[Part]:
        """All parts, put away, each key in one of them at most."""
        for cluster in list(self._open):
            self._put_away(cluster)
        parts = [part for own in self._closed.values() for part in own]
        if self._last:
            for part in parts:
                shard = Shard.load(part.path, self._manifest)
                gone = (key for key, last in self._last.items() if last != part.number)
                while some := list(islice(gone, BLOCK)):
                    shard.delete(some)
                part.size = shard.count()
                _close(shard)
            self._last.clear()
        return parts

    def _known(self, keys: Sequence[str]) -> Iterator[str]:
        """Those of some keys that may have been here before; all of them are from now on."""
        places = np.fromiter(map(hash, keys), np.int64, len(keys)) & (PLACES - 1)
        at, bit = places >> 3, (1 << (places & 7)).astype(np.uint8)
        known = np.flatnonzero(self._seen[at] & bit).tolist()
        np.bitwise_or.at(self._seen, at, bit)
        return (keys[each] for each in known)


def _close(shard: Shard) -> None:
    shard.flush()
    shard.close()


def _size(parts: Sequence[Part]) -> int:
    return sum(part.size for part in parts)


def _units(parts: Sequence[Part]) -> list[list[Part]]:
    """A cluster's parts, together or in as many lists as it has to have segments."""
    lists: list[list[Part]] = [[] for _ in range(segments_for(_size(parts)))]
    for part in parts:
        min(lists, key=_size).append(part)
    return lists
