"""What it costs to build and to update a large index in a folder, for `million.py`: each function runs on its own."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from likewise.evaluation.memory import AnonymousPeak, peak_mib
from likewise.ingest.catalog import Payloads, Product
from likewise.ingest.features import BLOCK, EncodedProduct, FeatureCache
from likewise.ingest.images import Picture
from likewise.ingest.index import Manifest, Reader, open_store, place

from .million_data import Made
from .shards import bare_shard, earlier_shard, folder_store, used_mib

PLACED = 100_000
"""Products of which the rate of writing is measured, without the graphs."""

PICTURES = 20_000
"""Different features in the cache that they are read from."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a build or an update took.

    Attributes:
        products: that were written.
        write_s: processor seconds until all points were written.
        cpu_s: in all, on all cores.
        seconds: by the clock.
        peak_mib: resident, pages of files included.
        own_mib: peak of anonymous memory.
        disk_mib: of the version.
    """

    products: int
    write_s: float
    cpu_s: float
    seconds: float
    peak_mib: float
    own_mib: float
    disk_mib: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Products that a processor writes in a second, without the making of the graph.

    Attributes:
        bare: points handed to the engine, without payload indexes.
        ours: products whose features are in the cache: read, placed by the model, and written by the store's writer.
    """

    bare: float
    ours: float

    @property
    def share(self) -> float:
        """Ours of the bare one."""
        return self.ours / self.bare


def build(index: Path, made: Made, folder: Path) -> Cost:
    """Build an index in a folder, as an ingest does once the vectors are known."""
    with open_store(index).open() as reader, _watched() as clock:
        store, manifest = folder_store(folder), manifest_for(reader, made)
        writer = store.begin(manifest, reader.model())
        for start in range(0, made.first, BLOCK):
            writer.upsert(made.points(start, min(start + BLOCK, made.first)))
        clock.written()
        writer.commit(manifest).publish()
    return clock.cost(made.first, folder / "versions")


def update(index: Path, made: Made, folder: Path) -> Cost:
    """Write the products of the update into a successor of the version that is current, and publish it."""
    with open_store(index).open() as reader, _watched() as clock:
        store, manifest = open_store(folder), manifest_for(reader, dataclasses.replace(made, updated=True))
        before = store.current()
        writer = store.begin(manifest, reader.model(), parent=before)
        for start in range(made.first, len(made.there), BLOCK):
            writer.upsert(made.points(start, min(start + BLOCK, len(made.there))))
        writer.delete(made.vanished)
        clock.written()
        candidate = writer.commit(manifest)
        candidate.publish()
    return clock.cost(len(made.there) - made.first, folder / "versions" / candidate.version)


def build_earlier(index: Path, made: Made, folder: Path) -> Cost:
    """Build a shard with the settings of release 0.1: one graph, made by one thread, and all indexes in memory."""
    with open_store(index).open() as reader, _watched() as clock:
        shard = earlier_shard(folder, manifest_for(reader, made))
        for start in range(0, made.first, BLOCK):
            shard.upsert(made.points(start, min(start + BLOCK, made.first)))
        clock.written()
        shard.finish()
        shard.close()
    return clock.cost(made.first, folder)


def rate(index: Path, made: Made, folder: Path) -> Rate:
    """How fast points are written, bare and from features, on the same machine at the same time."""
    folder.mkdir()
    products = min(PLACED, made.first)
    with open_store(index).open() as reader:
        manifest, model = manifest_for(reader, made), reader.model()
    shard, spent = bare_shard(folder / "bare", manifest), 0.0
    for start in range(0, products, BLOCK):
        points = made.points(start, min(start + BLOCK, products))
        begun = time.process_time()
        shard.upsert(points)
        spent += time.process_time() - begun
    shard.close()
    bare = products / spent
    cache = _features(folder / "features", manifest, min(PICTURES, products))
    catalog = cast(Any, _Catalog(cache, Payloads(manifest.schema), manifest.schema))
    writer = folder_store(folder / "ours").begin(manifest, model)
    spent = 0.0
    for start in range(0, products, BLOCK):
        block = [_product(made, at) for at in range(start, min(start + BLOCK, products))]
        begun = time.process_time()
        place(writer, model, catalog, iter([block]), manifest, fill_missing=False, advance=lambda _: None)
        spent += time.process_time() - begun
    writer.abort()
    return Rate(bare, products / spent)


def manifest_for(reader: Reader, made: Made) -> Manifest:
    """Of an index of the made products."""
    products = int(made.there.sum())
    return dataclasses.replace(
        reader.manifest, products=products, pictures=products, clusters=made.sizes(), parent=None, rejects=0
    )


@dataclass(frozen=True, slots=True)
class _Catalog:
    """As much of a catalog as is placed."""

    features: FeatureCache
    payloads: Payloads
    schema: Any


def _features(folder: Path, manifest: Manifest, pictures: int) -> FeatureCache:
    cache, rng = FeatureCache(folder, manifest.encoder), np.random.default_rng(0)
    for start in range(0, pictures, BLOCK):
        names = [f"{at:064x}" for at in range(start, min(start + BLOCK, pictures))]
        cache.append(names, rng.random((len(names), manifest.encoder.dim), np.float32))
    return cache


def _product(made: Made, at: int) -> EncodedProduct:
    values = {key: value for key, value in made.payload(at).items() if key in made.columns}
    picture = cast(Picture, _Picture(f"images/{at}.jpg"))
    return EncodedProduct(Product(made.name(at), (picture,), values), (f"{at % PICTURES:064x}",))


@dataclass(frozen=True, slots=True)
class _Picture:
    ref: str


class _Clock:
    def __init__(self, peak: AnonymousPeak) -> None:
        self._begun, self._busy, self._peak = time.perf_counter(), time.process_time(), peak
        self._written = 0.0

    def written(self) -> None:
        self._written = time.process_time() - self._busy

    def cost(self, products: int, disk: Path) -> Cost:
        cpu, seconds = time.process_time() - self._busy, time.perf_counter() - self._begun
        return Cost(products, self._written, cpu, seconds, peak_mib(), self._peak.mib, used_mib(disk))


@contextmanager
def _watched() -> Iterator[_Clock]:
    with AnonymousPeak() as peak:
        yield _Clock(peak)
