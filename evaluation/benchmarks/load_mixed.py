"""Many clients that ask for all sorts of things at once, while versions are published under the service."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

from likewise.ingest.index import open_store, prune_versions

from .load_service import Service
from .load_wrk import similar

CLIENTS = 32

Ask = Callable[[httpx.Client, random.Random], httpx.Response]


@dataclass(frozen=True, slots=True)
class Mixed:
    """What the clients met.

    Attributes:
        seconds: how long they asked.
        requests: that were answered.
        per_second: of them.
        statuses: by their numbers.
        broken: requests without an answer.
        versions: that were published meanwhile.
        seen: versions that answered.
        first_mib, last_mib: memory of the service's processes after a tenth of the time, and at its end.
    """

    seconds: float
    requests: int
    per_second: float
    statuses: dict[int, int]
    broken: int
    versions: int
    seen: int
    first_mib: float
    last_mib: float

    @property
    def failed(self) -> int:
        """Requests that got no answer, or another than was asked for."""
        return self.broken + sum(count for status, count in self.statuses.items() if status >= 400)


def mixed(
    service: Service, index: Path, ids: Sequence[str], pictures: Sequence[bytes], *, minutes: float, every: float = 30.0
) -> Mixed:
    """Ask for so long, while another version of the index is published again and again.

    Args:
        service: of the index.
        index: it is written to.
        ids: of its products.
        pictures: to ask with.
        minutes: how long.
        every: seconds between two versions.
    """
    met, end = _Met(), threading.Event()
    threads = [
        threading.Thread(target=_client, args=(service.address, asks, at, met, end))
        for at, asks in zip(range(CLIENTS), itertools.cycle(_kinds(ids, pictures)))
    ]
    begin = time.monotonic()
    with _publishing(index, every) as published:
        for thread in threads:
            thread.start()
        time.sleep(minutes * 6)
        first = service.resident_mib()
        time.sleep(minutes * 54)
        last = service.resident_mib()
        end.set()
        for thread in threads:
            thread.join()
    seconds = time.monotonic() - begin
    count = sum(met.statuses.values())
    return Mixed(
        seconds, count, count / seconds, dict(met.statuses), met.broken, published(), len(met.versions), first, last
    )


class _Met:
    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.versions: set[str] = set()
        self.broken = 0
        self._lock = threading.Lock()

    def answer(self, answer: httpx.Response) -> None:
        with self._lock:
            self.statuses[answer.status_code] += 1
            self.versions.add(answer.headers.get("X-Likewise-Version", ""))

    def nothing(self) -> None:
        with self._lock:
            self.broken += 1


def _client(address: str, ask: Ask, seed: int, met: _Met, end: threading.Event) -> None:
    chance = random.Random(seed)
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        while not end.is_set():
            try:
                met.answer(ask(client, chance))
            except httpx.HTTPError:
                met.nothing()


def _kinds(ids: Sequence[str], pictures: Sequence[bytes]) -> list[Ask]:
    """What eight clients ask for: mostly searches by id, as shops do."""

    def like(client: httpx.Client, chance: random.Random) -> httpx.Response:
        return client.get(similar([chance.choice(ids)])[0], params={"k": chance.choice((6, 12, 24))})

    def liked(client: httpx.Client, chance: random.Random) -> httpx.Response:
        return client.post("/v1/recommend", json={"liked": chance.sample(ids, 2), "disliked": chance.sample(ids, 1)})

    def varied(client: httpx.Client, chance: random.Random) -> httpx.Response:
        return client.get(similar([chance.choice(ids)])[0], params={"diversity": 0.5, "probe": 2})

    def listed(client: httpx.Client, chance: random.Random) -> httpx.Response:
        return client.get("/v1/products", params={"limit": chance.choice((12, 48))})

    def thumbnail(client: httpx.Client, chance: random.Random) -> httpx.Response:
        return client.get(similar([chance.choice(ids)])[0].replace("similar", "images"), params={"size": 160})

    def pictured(client: httpx.Client, chance: random.Random) -> httpx.Response:
        # A byte behind the picture makes it one that nobody has sent before.
        return client.post("/v1/similar", content=chance.choice(pictures) + chance.randbytes(4))

    return [like, like, like, liked, varied, listed, *([thumbnail, pictured] if pictures else [])]


@contextmanager
def _publishing(index: Path, every: float) -> Iterator[Callable[[], int]]:
    """Publish for the length of the block; gives what tells how many versions have been published."""
    # Among the clients' threads it would hardly have a turn.
    context = multiprocessing.get_context("spawn")
    end, published = context.Event(), context.Value("i", 0)
    process = context.Process(target=_publish, args=(index, every, end, published), name="likewise-publisher")
    process.start()
    try:
        yield lambda: int(published.value)
    finally:
        end.set()
        process.join()


def _publish(index: Path, every: float, end: Event, published: Synchronized[int]) -> None:
    while not end.wait(every):
        store = open_store(index)
        with store.open() as reader:
            manifest = replace(reader.manifest, parent=reader.version)
            candidate = store.begin(manifest, reader.model(), parent=reader.version).commit(manifest)
        candidate.publish()
        published.value += 1
        prune_versions(store, 2)
        store.close()
