"""Kill every step of an index's life at random moments, look at what is left, do it again, and compare.

Run by test_kill.py in a process of its own, as kill_ingest.py is. Prints one JSON object a trial.

    python kill_life.py CATALOG WORKDIR TRIALS SEED
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import sklearn.cluster
import sklearn.decomposition
import sklearn.utils.extmath
from forks import child, result
from PIL import Image

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, Recipe, Rules, run
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import NotFoundError
from likewise.ingest.index import prune_versions
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.files import copy_tree
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

LOADED = (sklearn.cluster, sklearn.decomposition, sklearn.utils.extmath)
"""Imported here so that no child has to."""

RECIPE = Recipe(reducer_params={"n_components": 6}, clusterer_params={"n_clusters": 3})


class PixelMeans:
    """An encoder without a network."""

    spec = EncoderSpec("pixels", "fp32", "pixels-fingerprint", (48,))

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((4, 4), Image.Resampling.BOX))

    def encode(self, pixels) -> np.ndarray:
        return np.stack(pixels).reshape(len(pixels), -1).astype(np.float32)


class Steps:
    """The steps of an index's life; each is run on a copy of `folder / index`."""

    def __init__(self, first: Path, second: Path) -> None:
        self.first, self.second = first, second

    def ingest(self, folder: Path) -> None:
        shutil.rmtree(folder / "index", ignore_errors=True) if not (folder / "again").exists() else None
        (folder / "again").touch()
        self.write(folder, self.first)

    def update(self, folder: Path) -> None:
        self.write(folder, self.second)

    def write(self, folder: Path, catalog: Path) -> None:
        store = EmbeddedStore(folder / "index", create=True)
        rules = Rules(prune_missing=True, batch_size=8)
        run(Job(catalog, store, RECIPE, rules, PixelMeans(), cache=folder / "embeddings"))

    def refit(self, folder: Path) -> None:
        store = EmbeddedStore(folder / "index")
        rules = Rules(refit="always", prune_missing=True, keep=3, batch_size=8)
        job = Job(self.second, store, RECIPE, rules, PixelMeans(), cache=folder / "embeddings")
        run(job, Gate(GateRules(max_drop=100)))

    def publish(self, folder: Path) -> None:
        store = EmbeddedStore(folder / "index")
        for _ in range(40):
            store.publish("v000001")
            store.rollback()

    def prune(self, folder: Path) -> None:
        prune_versions(EmbeddedStore(folder / "index"), 1)

    def export(self, folder: Path) -> None:
        with EmbeddedStore(folder / "index").open() as reader:
            export_version(reader, folder / "exported", Silent())

    def restore(self, folder: Path) -> None:
        store = EmbeddedStore(folder / "index")
        store.publish(restore_version(store, folder.parent / "base" / "exported", Silent()))


def digest(folder: Path, version: str | None = None):
    """Hash of ids, payloads and the top 6 of every product; None when nothing is published."""

    def work():
        try:
            client = SearchClient.open(folder / "index", version=version)
        except NotFoundError:
            return None
        products = sorted(client.products(), key=lambda payload: payload["id"])
        assert len(products) == client.manifest.products == client.count()
        hits = client.similar_batch([payload["id"] for payload in products], 6, probe="all")
        answers = [[(hit.id, round(hit.score, 4)) for hit in found] for found in hits]
        return hashlib.sha256(json.dumps([products, answers], sort_keys=True).encode()).hexdigest()

    return work


def leftovers(folder: Path) -> list[str]:
    """What no run should leave for good."""
    return [path.name for path in (folder / "index" / "building").iterdir()] + [
        path.name for path in folder.glob(".*.partial")
    ]


def fresh(base: Path, folder: Path) -> Path:
    folder.mkdir()
    copy_tree(base / "index", folder / "index")
    shutil.copytree(base / "embeddings", folder / "embeddings")
    return folder


def main() -> None:
    catalog, workdir, trials = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]))
    second = workdir / "second"
    shutil.copytree(catalog, second)
    for number in range(100, 110):
        # Pictures of their own: products that tie would come back in any order.
        pixels = np.random.default_rng(number).integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((40, 40)).save(second / "images" / f"{number}.png")
    lines = (second / "styles.csv").read_text().splitlines()
    (second / "styles.csv").write_text("\n".join([*lines[:-6], lines[-1].replace("Men", "Boys")]) + "\n")
    steps = Steps(catalog, second)
    base = workdir / "base"
    base.mkdir()
    for step in (lambda: steps.write(base, catalog), lambda: steps.refit(base), lambda: steps.export(base)):
        failed = result(*child(step))
        assert failed is None, failed
    names = ["ingest", "update", "refit", "publish", "prune", "export", "restore"]
    durations, expected = {}, {}
    before = result(*child(digest(base)))
    # Nothing, before an ingest has published; either version, between a publish and the rollback that follows.
    also = {"ingest": None, "publish": result(*child(digest(base, "v000001")))}
    for name in names:
        folder = fresh(base, workdir / f"whole-{name}")
        begin = time.monotonic()
        failed = result(*child(lambda name=name, folder=folder: getattr(steps, name)(folder)))
        assert failed is None, (name, failed)
        durations[name], expected[name] = time.monotonic() - begin, result(*child(digest(folder)))
    for trial in range(trials):
        name = names[trial % len(names)]
        step = getattr(steps, name)
        folder = fresh(base, workdir / f"trial-{trial}")
        at = rng.uniform(0, durations[name])
        pid, reader = child(lambda step=step, folder=folder: step(folder))
        time.sleep(at)
        os.kill(pid, signal.SIGKILL)
        unfinished = result(pid, reader) is None
        seen = result(*child(digest(folder))) if (folder / "index" / "versions").is_dir() else None
        export = folder / "exported"
        torn = export.exists() and export.read_bytes()[-64:] != (base / "exported").read_bytes()[-64:]
        failure = result(*child(lambda step=step, folder=folder: step(folder)))
        row = {
            "step": name,
            "at": round(at / durations[name], 3),
            "killed": unfinished,
            "visible": seen in (before, expected[name], also.get(name, before)),
            "torn": torn and result(*child(lambda export=export, folder=folder: whole(export, folder))),
            "failure": failure,
            "equal": result(*child(digest(folder))) == expected[name],
            "leftovers": leftovers(folder),
        }
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


def whole(export: Path, folder: Path):
    """None when an exported file restores, else why it does not."""
    restore_version(EmbeddedStore(folder / "elsewhere", create=True), export, Silent())


main()
