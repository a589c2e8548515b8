"""What the service tells Prometheus; the numbers of all workers add up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from .live_index import LiveIndex

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the folder in which workers keep their numbers; read by the library when it is imported."""

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """The numbers of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        requests = Histogram(
            "likewise_http_request_seconds",
            "Requests by route and status, and how long they took.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        stages = Histogram(
            "likewise_stage_seconds",
            "How long a stage of an answer took: fetch, decode, encode, search, thumbnail.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        caches = Counter(
            "likewise_cache_requests", "What was looked for in a cache.", ("cache", "outcome"), registry=self._registry
        )
        refused = Counter(
            "likewise_pictures_refused", "Pictures that visitors sent in vain.", ("reason",), registry=self._registry
        )
        # Made once each: a search takes no longer than some hundred microseconds.
        self._request = lru_cache(1000)(requests.labels)
        self._stage = lru_cache(100)(stages.labels)
        self._cache = lru_cache(100)(caches.labels)
        self._refused = lru_cache(100)(refused.labels)
        self._batch = Histogram(
            "likewise_batch_pictures", "Pictures encoded at once.", buckets=_SIZES, registry=self._registry
        )
        self._in_flight = Gauge(
            "likewise_requests_in_flight",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._request(method, route, str(status)).observe(seconds)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A stage of an answer, for as long as the block lasts."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._stage(name).observe(time.perf_counter() - begin)

    def looked_up(self, cache: str, *, hit: bool) -> None:
        """Something was looked for in a cache."""
        self._cache(cache, "hit" if hit else "miss").inc()

    def picture_refused(self, reason: str) -> None:
        """A visitor's picture could not be used."""
        self._refused(reason).inc()

    def batch(self, size: int) -> None:
        """Pictures were encoded together."""
        self._batch.observe(size)

    def in_flight(self, number: int) -> None:
        """So many requests are being answered now."""
        self._in_flight.set(number)

    def text(self, live: LiveIndex) -> bytes:
        """All numbers in Prometheus's text format; those of all workers, where there are several."""
        if not os.environ.get(FOLDER):
            return generate_latest(self._registry) + generate_latest(_registry_of(_Index(live)))
        registry = _registry_of(_Index(live))
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class _Index(Collector):
    """What there is to say of the version that is served, worked out when it is asked for."""

    def __init__(self, live: LiveIndex) -> None:
        self._live = live

    def collect(self) -> Iterable[Metric]:
        """The metrics; none as long as no version is open."""
        if not self._live.version:
            return
        with self._live.client() as client:
            manifest = client.manifest
        info = GaugeMetricFamily(
            "likewise_serve_index_info", "The version that is searched.", labels=("version", "encoder", "reducer")
        )
        info.add_metric((manifest.version, manifest.encoder.name, manifest.reducer.name), 1)
        yield info
        age = time.time() - datetime.fromisoformat(manifest.created_at).timestamp()
        for name, text, value in (
            ("age_seconds", "How long ago it was built.", age),
            ("products", "Products in it.", manifest.products),
            ("pictures", "Pictures in it.", manifest.pictures),
            ("rejects", "Rows and pictures of the catalog that are not in it.", manifest.rejects),
        ):
            yield GaugeMetricFamily(f"likewise_serve_index_{name}", text, value)


def _registry_of(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(collector)
    return registry
