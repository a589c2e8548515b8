"""How much a service bears: constant answers, searches by id and by picture, and all sorts while it is published.

`likewise serve` runs in processes of its own on this machine, and so does what asks it: the numbers are those of both
together.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from likewise.ingest.encoders import Encoder, open_encoder
from likewise.ingest.errors import LikewiseError, ParameterError
from likewise.ingest.index import open_store, picture_source
from likewise.search import SearchClient

from .load_mixed import Mixed, mixed
from .load_pictures import PictureRate, encoder_rate, service_rate, warm
from .load_service import serving
from .load_wrk import Rate, rate, similar

PICTURES = 96
CLIENTS = 32


@dataclass(frozen=True, slots=True)
class Load:
    """What a service bears.

    Attributes:
        workers: its processes.
        products: of the index.
        constant: `/healthz`.
        searched: searches by id, each worked out anew.
        kept: searches by id whose answers are kept.
        pictures: None where the index's encoder cannot be had, or its pictures.
        mixed: None where nobody asked for it.
    """

    workers: int
    products: int
    constant: Rate
    searched: Rate
    kept: Rate
    pictures: PictureRate | None
    mixed: Mixed | None

    @property
    def share(self) -> float:
        """Searches by id against constant answers, in the same run."""
        return self.searched.per_second / self.constant.per_second


def measure(
    index: Path,
    *,
    catalog: Path | None = None,
    workers: int = 2,
    seconds: int = 10,
    minutes: float = 0.0,
    say: Callable[[str], object] = lambda _: None,
) -> Load:
    """Measure a service of an index in a folder, which is copied first: the mixed load publishes versions of it.

    Args:
        index: the folder.
        catalog: folder of its pictures, where it is not where it was at the ingest.
        workers: processes of the service.
        seconds: of each measurement.
        minutes: of the mixed load; 0 leaves it out.
        say: told what goes on.

    Raises:
        ParameterError: there is no `wrk`, or the service does not start.
        StoreError: there is no index.
    """
    open_store(index).close()
    with tempfile.TemporaryDirectory(prefix="likewise-load-") as folder:
        mine = Path(folder) / "index"
        shutil.copytree(index, mine)
        ids, pictures, encoder = _known(mine, catalog)
        common = ["--workers", str(workers), *(["--catalog", str(catalog)] if catalog else [])]
        with serving(mine, *common, "--answers-cache", "0", "--no-log-requests") as service:
            say("constant answers, and searches by id that are worked out anew")
            if encoder is not None:
                warm(service.address, pictures, CLIENTS)
            constant = rate(service.address, ["/healthz"], seconds=seconds)
            searched = rate(service.address, similar(ids), seconds=seconds)
        with serving(mine, *common, "--no-log-requests") as service:
            say("searches by id whose answers are kept")
            if encoder is not None:
                warm(service.address, pictures, CLIENTS)
            rate(service.address, similar(ids), seconds=seconds)
            kept = rate(service.address, similar(ids), seconds=seconds)
        seen = None
        if encoder is not None:
            say("searches by picture")
            before = encoder_rate(encoder, pictures)
            with serving(mine, *common, "--no-log-requests") as service:
                found = service_rate(service.address, pictures, clients=CLIENTS, seconds=2 * seconds)
            seen = PictureRate((before + encoder_rate(encoder, pictures)) / 2, found)
        met = None
        if minutes > 0:
            say(f"all sorts, for {minutes:g} minutes")
            with serving(mine, *common, "--refresh", "2") as service:
                met = mixed(service, mine, ids, pictures if encoder else [], minutes=minutes)
        return Load(workers, len(ids), constant, searched, kept, seen, met)


def _known(index: Path, catalog: Path | None) -> tuple[list[str], list[bytes], Encoder | None]:
    """Ids of all products, some of their pictures, and what encodes these, where both can be had."""
    with SearchClient.open(index) as client:
        ids = list(client.ids())
        if not ids:
            raise ParameterError(f"The index in {index} is empty.")
        with picture_source(client.manifest, catalog) as source:
            pictures = list(_read(source.read, client, ids[:: max(1, len(ids) // PICTURES)][:PICTURES]))
        try:
            return ids, pictures, open_encoder(client.manifest.encoder) if pictures else None
        except LikewiseError:
            return ids, pictures, None


def _read(read: Callable[[str], bytes], client: SearchClient, ids: Iterable[str]) -> Iterable[bytes]:
    for payload in client.get_batch(list(ids)):
        try:
            yield read(client.payloads.images(payload)[0])
        except LikewiseError:
            # Perhaps the catalog is elsewhere.
            continue


def markdown(load: Load) -> str:
    """A table of the rates, and what else there is to say."""
    lines = [
        f"{load.products:,} products, {load.workers} workers, the generator on the same machine.",
        "",
        "| asked for | a second | p50, ms | p99, ms | failed |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {each.per_second:,.0f} | {each.p50_ms:.1f} | {each.p99_ms:.1f} | {each.failed} |"
            for name, each in (
                ("a constant answer", load.constant),
                ("searches by id, worked out anew", load.searched),
                ("searches by id, kept", load.kept),
            )
        ),
        "",
        f"Of the constant answer's rate, searches by id reach {load.kept.per_second / load.constant.per_second:.0%} "
        f"where answers are kept, as a service does unless told otherwise, and {load.share:.0%} where each is worked "
        "out anew.",
    ]
    if load.pictures is not None:
        seen = load.pictures
        lines.append(
            f"Searches by picture: {seen.service:.1f} a second, "
            f"{seen.share:.0%} of the {seen.encoder:.1f} that the encoder takes by itself."
        )
    if load.mixed is not None:
        met = load.mixed
        lines.append(
            f"Mixed load of {CLIENTS} clients for {met.seconds:.0f} s: {met.requests:,} answers, {met.per_second:,.0f} "
            f"a second, {met.failed} failed (by status {met.statuses}, {met.broken} without an answer); {met.versions} "
            f"versions published, {met.seen} seen; memory {met.first_mib:.0f} MiB, at the end {met.last_mib:.0f}."
        )
    return "\n".join(lines) + "\n"
