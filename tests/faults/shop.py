"""An index on an emulated server: the steps of its life, and what it holds afterwards."""

import dataclasses
import shutil

import numpy as np
from PIL import Image

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, Recipe, Rules, run
from likewise.ingest.index import prune_versions
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.server import ServerOptions, ServerStore
from likewise.ingest.progress import Silent

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


def connect(url, *, patient=False, **options):
    quick = {"parallel": 3, "batch": 5, "timeout": 5, "patience": 30, "search_patience": 10, "lag": 0.05}
    return ServerStore.connect(f"{url}/shop", ServerOptions(**{**quick, **options}), patient=patient)


def content(store, version=None):
    """Products with payload and vector; all counts agree."""
    with store.open(version) as reader:
        records = list(reader.scroll(with_vector=True, batch=7))
        found = {record.id: (record.payload, record.vector.round(4).tolist()) for record in records}
        assert len(found) == len(records) == reader.count() == reader.manifest.products
        assert sum(reader.manifest.clusters.values()) == len(found)
        assert reader.model().hash == reader.manifest.model_hash
        return found


def strays(client):
    """Pieces of files that no version's table names, by the version that they were kept for."""
    from likewise.ingest.index.stores.server.index_files import pieces
    from likewise.ingest.index.stores.server.metadata import versions_in

    named = set()
    for found in client.get_collections().collections:
        generation = found.name.rpartition(".")[2]
        for entry in versions_in(generation, client.get_collection(found.name).config.metadata or {}).values():
            named.update(pieces(generation, entry["files"]))
    points, _ = client.scroll("shop.index", limit=10_000, with_payload=["version"])
    return [point.payload["version"] for point in points if "version" in point.payload and point.id not in named]


def leftovers(client):
    """Collections without a version, and points that no version sees."""
    from likewise.ingest.index.stores.server.metadata import number_of, versions_in
    from likewise.ingest.index.stores.server.view import ended_after, unseen

    found = []
    for name in (each.name for each in client.get_collections().collections if each.name != "shop.index"):
        kept = [number_of(version) for version in versions_in(name[5:], client.get_collection(name).config.metadata)]
        hidden = [*unseen(kept), ended_after(kept[-1])] if kept else [None]
        found += [name for each in hidden if not kept or client.count(name, count_filter=each).count]
    return found


def tomorrow(catalog, folder):
    """The next day's catalog: two pictures are new, two products change their gender, one leaves, one comes."""
    shutil.copytree(catalog, folder)
    for number in (110, 111):
        pixels = np.random.default_rng(number).integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((40, 40)).save(folder / "images" / f"{number}.png")
    shutil.copy(folder / "images" / "105.png", folder / "images" / "900.png")
    header, *rows = (folder / "styles.csv").read_text().splitlines()
    rows = [row.replace("Men", "Boys") if row.startswith(("102,", "104,")) else row for row in rows]
    rows = [row for row in rows if not row.startswith("120,")]
    rows.append(next(row for row in rows if row.startswith("105,")).replace("105,", "900,", 1))
    (folder / "styles.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


@dataclasses.dataclass
class Shop:
    """Two days of a catalog and what turns them into an index; every step takes a store."""

    first: object
    second: object
    encoder: object
    folder: object

    def ingest(self, store):
        return self._ingest(self.first, store)

    def update(self, store):
        return self._ingest(self.second, store)

    def _ingest(self, catalog, store):
        return run(self._job(catalog, store, Rules(prune_missing=True)))

    def _job(self, catalog, store, rules):
        return Job(catalog, store, RECIPE, rules, self.encoder, cache=self.folder / "cache")

    def accepted(self, store, *, refit="never", max_removed=0.3):
        """The nightly run, of which everything may stay."""
        rules = Rules(refit=refit, prune_missing=True, keep=3)
        return run(self._job(self.second, store, rules), Gate(GateRules(max_drop=100, max_removed=max_removed)))

    def refused(self, store):
        """The nightly run, which the gate refuses because one product leaves: as if it had never been."""
        assert self.accepted(store, max_removed=0).outcome == "refused"

    def refit(self, store):
        self.accepted(store, refit="always")

    def restore(self, store):
        """A backup, and the way back from it."""
        file = self.folder / "backup"
        with store.open() as reader:
            export_version(reader, file, Silent())
        store.publish(restore_version(store, file, Silent()))

    def publish(self, store):
        for _ in range(5):
            store.publish("v000001")
            store.rollback()

    def prune(self, store):
        prune_versions(store, 1)
