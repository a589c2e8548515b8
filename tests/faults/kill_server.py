"""Kill the process that works on a server, in every step of an index's life; the server survives and remembers.

Run by test_kill.py in a process of its own. A server is forked for every trial from one that holds two versions, and
every step runs in a child of its own, so that no thread is forked along. Prints one JSON object a trial.

    python kill_server.py CATALOG WORKDIR TRIALS SEED
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import shop as life
import sklearn.cluster
import sklearn.decomposition
import sklearn.utils.extmath
from forks import child, result
from qdrant_client import QdrantClient
from qdrant_http import QdrantHttp

from likewise.ingest.catalog import FASHION
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import NotFoundError, StoreBusyError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

LOADED = (sklearn.cluster, sklearn.decomposition, sklearn.utils.extmath)
"""Imported here so that no child has to."""

STEPS = ("ingest", "update", "accepted", "refused", "refit", "publish", "prune", "restore")
LEASE = 0.5
INDEXES = (*FASHION.filterable, "id", "_since", "_until", "version", "holder", "expires")


class PixelMeans:
    """An encoder without a network."""

    spec = EncoderSpec("pixels", "fp32", "pixels-fingerprint", (48,))

    def prepare(self, image):
        return np.asarray(image.resize((4, 4)))

    def encode(self, pixels):
        return np.stack(pixels).reshape(len(pixels), -1).astype(np.float32)


def serve(client):
    """Fork a server that holds what `client` holds; returns its pid and its address."""
    reader, writer = os.pipe()
    maker = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        server = QdrantHttp(client=client, indexes=INDEXES)
        os.write(writer, server.url.encode())
        os.close(writer)
        # Not longer than whoever made it: what waits for the end of the output would wait for this process too.
        while os.getppid() == maker:
            time.sleep(0.2)
        os._exit(0)
    os.close(writer)
    url = os.read(reader, 1000).decode()
    os.close(reader)
    return pid, url


def stop(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def memory(client):
    return ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1, lag=0.01)), "shop")


def first_life(shop, folder):
    """Two versions of the first day, as files: the process that fits must not be the one that forks."""

    def work():
        store = memory(QdrantClient(":memory:"))
        for name in ("first", "second"):
            shop.ingest(store)
            with store.open() as reader:
                export_version(reader, folder / name, Silent())

    return work


def again(step, url):
    """The same command until it is let in: the lock of who was killed ends by itself. Then what every night does."""

    def work():
        store = life.connect(url, patient=True, lease=LEASE)
        deadline = time.monotonic() + 20
        # The killed process may hold the lock of either.
        for command in (step, ServerStore.sweep):
            while True:
                try:
                    command(store)
                    break
                except StoreBusyError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)

    return work


def visible(url):
    """What searches find in the current version; None when nothing is published."""

    def work():
        try:
            client = SearchClient.open(life.connect(url))
        except NotFoundError:
            return None
        with client._reader as reader:
            found = {r.id: [r.payload, r.vector.round(4).tolist()] for r in reader.scroll(with_vector=True)}
        hits = client.similar_batch([name for name in found if name != "120"], 6, probe="all")
        assert all(len(each) == 6 for each in hits)
        return found

    return work


def settled(url):
    """The current version, which must be whole, and what no run should leave for good."""

    def work():
        found = {name: list(record) for name, record in life.content(life.connect(url)).items()}
        client = QdrantClient(url=url, check_compatibility=False)
        return [found, life.leftovers(client) + life.strays(client)]

    return work


def main():
    catalog, workdir, trials = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]))
    shop = life.Shop(catalog, life.tomorrow(catalog, workdir / "tomorrow"), PixelMeans(), workdir)
    failed = result(*child(first_life(shop, workdir)))
    assert failed is None, failed
    base = QdrantClient(":memory:")
    for name in ("first", "second"):
        memory(base).publish(restore_version(memory(base), workdir / name, Silent()))

    def begin(name):
        return serve(QdrantClient(":memory:") if name == "ingest" else base)

    durations, expected, before = {}, {}, {}
    for name in STEPS:
        pid, url = begin(name)
        before[name] = result(*child(visible(url)))
        began = time.monotonic()
        failed = result(*child(again(getattr(shop, name), url)))
        assert failed is None, (name, failed)
        durations[name] = time.monotonic() - began
        expected[name], left = result(*child(settled(url)))
        assert left == [], (name, left)
        stop(pid)
    for trial in range(trials):
        name = STEPS[trial % len(STEPS)]
        server, url = begin(name)
        pid, reader = child(again(getattr(shop, name), url))
        time.sleep(rng.uniform(0.02, durations[name]))
        os.kill(pid, signal.SIGKILL)
        unfinished = result(pid, reader) is None
        seen = result(*child(visible(url)))
        failure = result(*child(again(getattr(shop, name), url)))
        after, left = result(*child(settled(url)))
        stop(server)
        row = {
            "step": name,
            "killed": unfinished,
            "visible": seen in (before[name], expected[name]),
            "failure": failure,
            "equal": after == expected[name],
            "leftovers": left,
        }
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


main()
