"""A version of an index is compared with today's catalog, in memory for ids and hashes.

A store gives its products in an order of its own, in which a long catalog cannot be looked up. So its products go by
once and leave hashes; then the catalog goes by, in its order, and only as far as hashes differ.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..catalog import OURS, Payloads
from ..features import EncodedCatalog, EncodedProduct
from ..spool import Listed, Picked
from .changes import Changes, Relabelled
from .placing import Counts
from .stores import Reader, Record

_KEY = 16
"""Bytes of a hash."""

_ENCODE = json.JSONEncoder(sort_keys=True).encode


def find_changes(reader: Reader, catalog: EncodedCatalog, *, removes: Callable[[str], bool]) -> Changes:
    """Differences between a version and a catalog.

    Args:
        reader: the version.
        catalog: the usable products of today.
        removes: whether the product with this id, which the catalog does not have, leaves the index.
    """
    return _Comparison(reader, catalog, removes).changes()


class _RelabelledOnes(Listed[Relabelled]):
    """Relabelled products, made when they are asked for."""

    def __init__(self, items: Picked[EncodedProduct], clusters: Sequence[int], labels: Sequence[Any]) -> None:
        self._items = items
        self._clusters = clusters
        self._labels = labels

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Relabelled]:
        for item, cluster in zip(self._items, self._clusters, strict=True):
            yield Relabelled(item, self._labels[cluster])

    def _item(self, place: int) -> Relabelled:
        return Relabelled(self._items[place], self._labels[self._clusters[place]])


class _Suspects:
    """Products whose payload in the index is not byte for byte that of today; of many only hashes are kept.

    Attributes:
        places: of them in the catalog.
        clusters: numbers of their clusters.
        labels: the clusters themselves, as payloads have them.
    """

    def __init__(self) -> None:
        self.places = array("q")
        self.clusters = array("q")
        self.labels: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._keys = bytearray()

    def add(self, place: int, cluster: Any, keys: tuple[bytes, ...]) -> None:  # noqa: ANN401 - a payload's
        """Remember a product by the hashes of its contents, of its payload and of what its vector carries."""
        name = json.dumps(cluster)
        if name not in self._numbers:
            self._numbers[name] = len(self.labels)
            self.labels.append(cluster)
        self.places.append(place)
        self.clusters.append(self._numbers[name])
        for key in keys:
            self._keys += key

    def keys(self, at: int) -> tuple[bytes, ...]:
        """The hashes of one of them."""
        count = len(self._keys) // len(self.places) // _KEY
        start = at * count * _KEY
        return tuple(bytes(self._keys[start + each : start + each + _KEY]) for each in range(0, count * _KEY, _KEY))


class _Comparison:
    def __init__(self, reader: Reader, catalog: EncodedCatalog, removes: Callable[[str], bool]) -> None:
        self._reader = reader
        self._catalog = catalog
        self._removes = removes
        # Vectors that carry attributes change with them.
        self._in_vector = reader.manifest.capabilities.predicts
        self._before, self._today = Payloads(reader.manifest.schema), catalog.payloads
        self._alike = all(self._before.schema.key(ours) == self._today.schema.key(ours) for ours in OURS)
        self._suspects = _Suspects()
        self._removed: list[str] = []
        self._missing: list[str] = []
        self._unchanged = 0
        self._pictures = 0
        self._clusters: Counter[str] = Counter()
        self._digests: list[bytes] = []
        self._changed, self._relabelled, self._cluster_of = array("q"), array("q"), array("q")

    def changes(self) -> Changes:
        catalog = self._catalog
        places, digests = {}, bytearray()
        for at, item in enumerate(catalog):
            places[item.product.id] = at
            digests += self._today.digest(self._today.make(item.product, item.contents, ""))
        for record in self._reader.scroll():
            at = places.pop(record.id, -1)
            self._take(record, at, bytes(digests[at * _KEY : (at + 1) * _KEY]) if at >= 0 else b"")
        added = Picked(catalog.items, places.values())
        # Before the second half of the work, which needs memory of its own.
        del places, digests
        self._settle()
        return Changes(
            added,
            Picked(catalog.items, self._changed),
            _RelabelledOnes(Picked(catalog.items, self._relabelled), self._cluster_of, self._suspects.labels),
            self._removed,
            self._missing,
            self._unchanged,
            Counts(len(self._digests) + len(self._relabelled), self._pictures, self._clusters),
            self._digests,
        )

    def _take(self, record: Record, place: int, today: bytes) -> None:
        """Sort a product of the index by what is told without the catalog's own."""
        if place < 0 and self._removes(record.id):
            self._removed.append(record.id)
            return
        digest = self._today.digest(record.payload)
        if place < 0:
            self._missing.append(record.id)
        elif self._alike and digest == today:
            self._unchanged += 1
        else:
            keys = self._keys(self._before.contents(record.payload), self._before.of_catalog(record.payload))
            self._suspects.add(place, record.payload.get(self._before.cluster, ""), (*keys, digest))
            return
        self._keep(digest, record.payload, len(self._before.contents(record.payload)))

    def _keep(self, digest: bytes, payload: Mapping[str, Any], pictures: int) -> None:
        self._digests.append(digest)
        self._clusters.update(self._before.clusters(payload))
        self._pictures += pictures

    def _settle(self) -> None:
        """Compare the suspects with the catalog, in its order."""
        suspects, today = self._suspects, self._today
        order = array("q", np.argsort(np.array(suspects.places, np.int64)).tobytes())
        items = Picked(self._catalog.items, (suspects.places[at] for at in order))
        for at, item in zip(order, items, strict=True):
            *old, digest = suspects.keys(at)
            new = self._keys(item.contents, today.of_catalog(today.make(item.product, item.contents, "")))
            cluster = suspects.clusters[at]
            kept = {self._before.cluster: suspects.labels[cluster]}
            contents, payload, *in_vector = (mine == its for mine, its in zip(old, new, strict=True))
            if contents and payload:
                self._unchanged += 1
                self._keep(digest, kept, len(item.contents))
            elif contents and all(in_vector):
                self._relabelled.append(suspects.places[at])
                self._cluster_of.append(cluster)
                self._clusters.update(self._before.clusters(kept))
                self._pictures += len(item.contents)
            else:
                self._changed.append(suspects.places[at])

    def _keys(self, contents: Sequence[str], payload: Mapping[str, Any]) -> tuple[bytes, ...]:
        keys = hashlib.sha256(" ".join(contents).encode()).digest()[:_KEY], _key(payload)
        return (*keys, _key({name: payload.get(name) for name in self._in_vector})) if self._in_vector else keys


def _key(values: Mapping[str, Any]) -> bytes:
    """Equal for what Python calls equal: 1 and 1.0 too, of which a store may give one for the other."""
    plain = {name: _whole(value) if type(value) in (bool, float) else value for name, value in values.items()}
    return hashlib.sha256(_ENCODE(plain).encode()).digest()[:_KEY]


def _whole(value: bool | float) -> bool | float:
    return int(value) if isinstance(value, bool) or value.is_integer() else value
