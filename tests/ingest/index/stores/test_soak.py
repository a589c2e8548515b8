"""Random operations against a plain Python model of what the index should hold.

20,000 operations a store by default, `make soak` runs ten times as many, a server over the network a twentieth. After
Qdrant's own nightly soak.
"""

import dataclasses
import os
import random

import numpy as np
import pytest

from likewise.ingest.errors import NotFoundError, ParameterError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.filters import EVERYTHING, OneOf
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.stores import Point, Query
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import ServerStore
from likewise.ingest.progress import Silent

OPERATIONS = int(os.environ.get("LIKEWISE_TEST_OPERATIONS", "20000"))
IDS = [str(at) for at in range(30)] + [f"00{at}" for at in range(30)] + [f"sku/{at}" for at in range(30)]
GENDERS = ("Men", "Women", "Girls")


class Soak:
    """A store beside the model of it: version name to {id: (vector, payload)}, and the publish history."""

    def __init__(self, store, index, folder, seed):
        self.store, self.index, self.folder = store, index, folder
        self.random = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.versions: dict[str, dict] = {}
        self.history: list[str] = []
        self.writer = None
        self.draft: dict = {}
        self.reader = None
        self.done = dict.fromkeys(self.weights(), 0)

    def weights(self):
        return {
            "begin": 40, "add": 300, "change": 120, "relabel": 120, "remove": 100, "commit": 12, "abort": 2,
            "publish": 6, "rollback": 2, "prune": 2, "reopen": 3, "move": 1, "update": 8, "search": 200, "read": 200,
        }  # fmt: skip

    def run(self, operations):
        names, weights = zip(*self.weights().items(), strict=True)
        for _ in range(operations):
            name = self.random.choices(names, weights)[0]
            self.done[name] += 1
            getattr(self, name)()
        if self.writer is not None:
            self.abort()
        self.check_everything()

    def vector(self):
        vector = self.numbers.normal(size=4).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def payload(self, name):
        return {"id": name, "gender": self.random.choice(GENDERS), "cluster": str(self.random.randrange(3))}

    def manifest(self):
        return dataclasses.replace(self.index.manifest, products=len(self.draft), catalog_fingerprint="")

    # What changes a version that is being written

    def begin(self):
        self.begin_on(self.random.choice([None, *list(self.versions)[-3:]]), share=1.0)

    def update(self):
        """A small one, which a server writes beside the points of its parent."""
        if self.history:
            self.begin_on(self.history[0], share=0.05)

    def begin_on(self, parent, share):
        if self.writer is None:
            self.draft = dict(self.versions[parent]) if parent else {}
            self.writer = self.store.begin(self.manifest(), self.index.model, parent=parent, share=share)
            there = {found.name for found in self.store.versions()}
            gone = self.versions.keys() - there
            assert not gone or (share < 1 and min(gone) > parent and self.history[0] not in gone)
            assert not gone or isinstance(self.store, ServerStore)
            self.versions = {name: held for name, held in self.versions.items() if name in there}

    def add(self):
        if self.writer is not None:
            name = self.random.choice(IDS)
            vector, payload = self.vector(), self.payload(name)
            self.writer.upsert([Point(name, name, vector, payload)])
            self.draft[name] = (vector, payload)

    def change(self):
        if self.writer is not None and self.draft:
            names = self.random.sample(sorted(self.draft), min(3, len(self.draft)))
            points = [Point(name, name, self.vector(), self.payload(name)) for name in names]
            self.writer.upsert(points)
            self.draft.update({point.key: (point.vector, point.payload) for point in points})

    def relabel(self):
        if self.writer is not None and self.draft:
            name = self.random.choice(sorted(self.draft))
            payload = self.payload(name)
            self.writer.replace_payloads({name: payload})
            self.draft[name] = (self.draft[name][0], payload)

    def remove(self):
        if self.writer is not None:
            names = [self.random.choice(IDS), "never there"]
            self.writer.delete(names)
            self.draft.pop(names[0], None)

    def commit(self):
        if self.writer is not None:
            candidate, self.writer = self.writer.commit(self.manifest()), None
            self.versions[candidate.version] = self.draft
            if self.random.random() < 0.5:
                self.show(candidate.version)

    def abort(self):
        if self.writer is not None:
            self.writer.abort()
            self.writer = None

    # What changes which versions there are

    def publish(self):
        if self.versions:
            self.show(self.random.choice(list(self.versions)[-3:]))

    def show(self, name):
        self.store.publish(name)
        self.history = [name, *(other for other in self.history if other != name)]

    def rollback(self):
        kept = [name for name in self.history[1:] if name in self.versions]
        if kept:
            assert self.store.rollback() == kept[0]
            self.history = self.history[self.history.index(kept[0]) :]
        else:
            with pytest.raises(NotFoundError):
                self.store.rollback()

    def prune(self):
        if self.writer is not None:
            return
        if self.history:
            with pytest.raises(ParameterError):
                self.store.delete(self.history[0])
        keep = self.random.randint(1, 3)
        stay = {*[name for name in self.history if name in self.versions][:keep], *list(self.versions)[-1:]}
        assert set(prune_versions(self.store, keep)) == self.versions.keys() - stay
        self.versions = {name: held for name, held in self.versions.items() if name in stay}

    def reopen(self):
        if self.writer is None:
            self.close()
            if isinstance(self.store, EmbeddedStore):
                self.store = EmbeddedStore(self.store.folder)
            else:
                self.store = ServerStore(self.store._connection, self.store.name)

    def move(self):
        if self.writer is None and self.versions:
            name = self.random.choice(list(self.versions))
            if self.versions[name]:
                with self.store.open(name) as reader:
                    export_version(reader, self.folder / "moved", Silent())
                self.versions[restore_version(self.store, self.folder / "moved", Silent())] = dict(self.versions[name])

    # What only looks

    def opened(self):
        if not self.history:
            with pytest.raises(NotFoundError):
                self.store.open()
            return None, {}
        if isinstance(self.store, ServerStore) and self.writer is not None:
            # A writer to a server returns before its last batches arrive, and an in-memory one has no locks.
            self.writer.flush()
        if self.reader is None or self.reader.version != self.history[0]:
            self.close()
            self.reader = self.store.open()
        reader = self.reader
        assert reader.version == self.history[0] == self.store.current()
        return reader, self.versions[self.history[0]]

    def close(self):
        if self.reader is not None:
            self.reader.close()
        self.reader = None

    def search(self):
        reader, held = self.opened()
        if reader is None:
            return
        gender, query = self.random.choice(GENDERS), self.vector()
        tree = self.random.choice([EVERYTHING, OneOf("gender", (gender,)), OneOf("cluster", ("0", "2"))])
        names = [name for name, (_, payload) in held.items() if tree == EVERYTHING or payload[tree.key] in tree.values]
        hits = reader.search([Query(query, 6, tree)])[0]
        assert reader.count(tree) == len(names)
        scores = {name: float(held[name][0] @ query) for name in names}
        best = sorted(scores.values(), reverse=True)[:6]
        np.testing.assert_allclose([hit.score for hit in hits], best, atol=2e-5)
        for hit in hits:
            assert hit.payload == held[hit.id][1]
            assert abs(hit.score - scores[hit.id]) < 2e-5

    def read(self):
        reader, held = self.opened()
        if reader is None:
            return
        names = self.random.sample(IDS, 5)
        for name, record in zip(names, reader.retrieve(names, with_vector=True), strict=True):
            assert (record is None) == (name not in held)
            if record is not None:
                assert record.payload == held[name][1]
                np.testing.assert_allclose(record.vector, held[name][0], atol=1e-6)

    def check_everything(self):
        assert [found.name for found in self.store.versions()] == list(self.versions)
        assert self.store.current() == (self.history[0] if self.history else None)
        for name, held in self.versions.items():
            with self.store.open(name) as reader:
                assert reader.count() == reader.manifest.products == len(held)
                found = {record.id: record for record in reader.scroll(with_vector=True, batch=17)}
                assert {name: record.payload for name, record in found.items()} == {
                    name: payload for name, (_, payload) in held.items()
                }
                for product, record in found.items():
                    np.testing.assert_allclose(record.vector, held[product][0], atol=1e-6)


@pytest.mark.slow
def test_random_operations_leave_what_the_model_says(any_store, index, tmp_path):
    soak = Soak(any_store, index, tmp_path, seed=OPERATIONS)
    # A commit there makes and indexes a collection on every node.
    far = not isinstance(any_store, EmbeddedStore) and any_store._connection.address is not None
    operations = OPERATIONS // 20 if far else OPERATIONS
    for _ in range(10):
        soak.run(operations // 10)
    soak.close()
    assert sum(soak.done.values()) >= (1_000 if far else 20_000)
    assert min(soak.done.values()) > 0 or far
