"""Kill an ingest at random moments, run it again, and compare with one that was left alone.

Run by test_kill.py in a process of its own: children are forked from here, after the slow imports and before
any shard is opened, so that a trial costs milliseconds. Prints one JSON object a trial.

    python kill_ingest.py CATALOG WORKDIR TRIALS SEED
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import sklearn.cluster
import sklearn.decomposition
from forks import child, result
from PIL import Image

from likewise.ingest import Recipe, Rules, ingest
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import NotFoundError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

BATCH = 5
RECIPE = Recipe(reducer_params={"n_components": 6}, clusterer_params={"n_clusters": 3})


LOADED = (sklearn.cluster, sklearn.decomposition)
"""Imported here so that no child has to."""


class SlowEncoder:
    """Pixel means, slowly; notes every image that it was given."""

    spec = EncoderSpec("slow", "fp32", "slow-fingerprint", (48,))

    def __init__(self, notes: Path) -> None:
        self._notes = notes

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((4, 4), Image.Resampling.BOX))

    def encode(self, pixels) -> np.ndarray:
        with self._notes.open("a") as file:
            file.write(f"{len(pixels)}\n")
        time.sleep(0.004)
        return np.stack(pixels).reshape(len(pixels), -1).astype(np.float32)


def run(catalog: Path, folder: Path):
    def work():
        store = EmbeddedStore(folder / "index", create=True)
        encoder = SlowEncoder(folder / "notes")
        cache, rules = folder / "embeddings", Rules(batch_size=BATCH)
        ingest(catalog, store, recipe=RECIPE, encoder=encoder, rules=rules, cache=cache)

    return work


def digest(folder: Path):
    """Hash of ids, payloads and the top 6 of every product; None when nothing is published."""

    def work():
        try:
            client = SearchClient.open(folder / "index")
        except NotFoundError:
            return None
        products = sorted(client.products(), key=lambda payload: payload["id"])
        hits = client.similar_batch([payload["id"] for payload in products], 6, probe="all")
        answers = [[(hit.id, round(hit.score, 5)) for hit in found] for found in hits]
        return hashlib.sha256(json.dumps([products, answers], sort_keys=True).encode()).hexdigest()

    return work


def main() -> None:
    catalog, workdir, trials = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]))
    whole = workdir / "whole"
    whole.mkdir()
    begin = time.monotonic()
    result(*child(run(catalog, whole)))
    duration = time.monotonic() - begin
    expected = result(*child(digest(whole)))
    total = sum(map(int, (whole / "notes").read_text().split()))
    for trial in range(trials):
        folder = workdir / f"trial-{trial}"
        folder.mkdir()
        at = rng.uniform(0, duration)
        pid, reader = child(run(catalog, folder))
        time.sleep(at)
        os.kill(pid, signal.SIGKILL)
        result(pid, reader)
        # `digest` opens an index that the kill may have left anywhere: published whole, or not at all.
        seen = result(*child(digest(folder))) if (folder / "index" / "versions").is_dir() else None
        failure = result(*child(run(catalog, folder)))
        after = result(*child(digest(folder)))
        encoded = sum(map(int, (folder / "notes").read_text().split()))
        sys.stdout.write(
            json.dumps(
                {
                    "at": round(at / duration, 3),
                    "visible": seen,
                    "failure": failure,
                    "equal": after == expected,
                    "redone": encoded - total,
                }
            )
            + "\n"
        )
        sys.stdout.flush()
    sys.stdout.write(json.dumps({"expected": expected, "batch": BATCH}) + "\n")


main()
