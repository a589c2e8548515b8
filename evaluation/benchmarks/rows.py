"""What a long table costs before anything is fitted: seconds and memory of reading it and comparing it with an index.

The table has ten columns of all types, an id and the name of one of a hundred small pictures. Every measurement runs
in a process of its own, so that its memory is its own. Pictures are really read and hashed, by an ingest of which all
features are there; the index is a reader of the payloads of the same rows, in another order, as a store gives them.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from likewise.evaluation.memory import AnonymousPeak, anonymous_mib
from likewise.ingest.catalog import Catalog, ReadingOptions, catalog_fingerprint, read_catalog
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import ParameterError
from likewise.ingest.features import EncodedCatalog, FeatureCache, encode_catalog
from likewise.ingest.index import Changes, Reader, find_changes
from likewise.ingest.progress import Silent

from .rows_table import PICTURES, Scrolled, contents_of, write_payloads, write_table

SIZES = (10_000, 100_000, 1_000_000)
FORMATS = ("csv", "parquet")
STAGES = ("read", "hash", "compare", "compare relabelled", "digests")
"""Both passes over the table; reading and hashing its pictures; comparing with an index of equal rows; with one in
which a column of all rows differs; and the digests of these rows."""

OPTIONS = ReadingOptions(id_column="sku", image_columns=("photo",))
ENCODER = EncoderSpec("none", "fp32", "benchmark-rows", (8,))


@dataclass(frozen=True, slots=True)
class Cost:
    """One stage of one table.

    Attributes:
        format: of the table.
        rows: its length.
        stage: see `STAGES`.
        seconds: by the clock.
        cpu_s: seconds of processors, which others on the machine do not lengthen much.
        anonymous_mib: the process's peak of anonymous memory in the stage.
        start_mib: what the process had before the first stage.
    """

    format: str
    rows: int
    stage: str
    seconds: float
    cpu_s: float
    anonymous_mib: float
    start_mib: float


def measure(
    out: Path,
    *,
    sizes: Sequence[int] = SIZES,
    formats: Sequence[str] = FORMATS,
    say: Callable[[str], object] = lambda _: None,
) -> list[Cost]:
    """Measure every format at every size; what `out/rows.json` already holds is not repeated.

    Raises:
        ParameterError: an unknown format, or a measurement that ended its process.
    """
    for name in formats:
        if name not in FORMATS:
            raise ParameterError(f"Unknown format {name!r}. Known: {', '.join(FORMATS)}.")
    out.mkdir(parents=True, exist_ok=True)
    path = out / "rows.json"
    costs = [Cost(**cost) for cost in json.loads(path.read_text("utf-8"))] if path.is_file() else []
    for rows in sizes:
        for name in formats:
            if any((cost.format, cost.rows) == (name, rows) for cost in costs):
                continue
            found = _alone(name, rows)
            costs += found
            path.write_text(json.dumps([asdict(cost) for cost in costs], indent=1) + "\n", "utf-8")
            told = ", ".join(f"{cost.stage} {cost.seconds:.1f} s {cost.anonymous_mib:,.0f} MiB" for cost in found)
            say(f"{name}, {rows:,} rows: {told}")
    return costs


def markdown(costs: Sequence[Cost]) -> str:
    """A line a format and stage: processor seconds and memory at each size, and growth between the two largest."""
    sizes = sorted({cost.rows for cost in costs})
    heads = [*(f"{rows:,}, s" for rows in sizes), "growth", *(f"{rows:,}, MiB" for rows in sizes)]
    lines = ["| table | stage | " + " | ".join(heads) + " |", "|---" * (2 + len(heads)) + "|"]
    for name in dict.fromkeys(cost.format for cost in costs):
        for stage in STAGES:
            mine = {cost.rows: cost for cost in costs if (cost.format, cost.stage) == (name, stage)}
            seconds = [f"{mine[rows].cpu_s:.1f}" if rows in mine else "-" for rows in sizes]
            memory = [f"{mine[rows].anonymous_mib:,.0f}" if rows in mine else "-" for rows in sizes]
            lines.append(f"| {name} | {stage} | {' | '.join(seconds)} | {_growth(mine)} | {' | '.join(memory)} |")
    return "\n".join(lines) + "\n"


def _growth(costs: Mapping[int, Cost]) -> str:
    if len(costs) < 2:
        return "-"
    small, large = (costs[rows] for rows in sorted(costs)[-2:])
    exponent = np.log(large.cpu_s / small.cpu_s) / np.log(large.rows / small.rows)
    return f"n^{exponent:.2f}"


def _alone(name: str, rows: int) -> list[Cost]:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="likewise-bench-") as folder:
        table = Path(folder) / f"table.{name}"
        write_table(table, rows)
        write_payloads(Path(folder) / "payloads.jsonl", table.parent, rows)
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_measure, args=(table, rows, sender))
        process.start()
        sender.close()
        try:
            return cast("list[Cost]", receiver.recv())
        except EOFError:
            raise ParameterError(f"{rows:,} rows of {name} ended their process; is the memory enough?") from None
        finally:
            process.join()


def _measure(table: Path, rows: int, sender: Any) -> None:  # noqa: ANN401 - a multiprocessing connection
    start, costs = anonymous_mib(), []

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begun, busy = time.perf_counter(), time.process_time()
        with AnonymousPeak() as peak:
            yield
        spent = time.perf_counter() - begun, time.process_time() - busy
        costs.append(Cost(table.suffix[1:], rows, name, *spent, peak.mib, start))

    with stage("read"):
        catalog = read_catalog(table, OPTIONS)
    features = _features(table.parent)
    with stage("hash"):
        encoded = _encoded(catalog, features)
    del catalog
    reader = partial(Scrolled, table.parent / "payloads.jsonl", encoded.schema)
    with stage("compare"):
        changes = _compare(reader({}), encoded)
    _expect(changes, unchanged=rows)
    with stage("compare relabelled"):
        changes = _compare(reader({"brand": "another"}), encoded)
    _expect(changes, relabelled=rows)
    with stage("digests"):
        catalog_fingerprint(encoded.digests(each.item for each in changes.relabelled))
    sender.send(costs)


def _features(folder: Path) -> FeatureCache:
    features = FeatureCache(folder / "features", ENCODER)
    features.append(contents_of(folder), np.zeros((PICTURES, ENCODER.dim), np.float32))
    return features


def _encoded(catalog: Catalog, features: FeatureCache) -> EncodedCatalog:
    # No picture is without features: the encoder is never asked.
    return encode_catalog(catalog, cast(Any, _Named(ENCODER)), features, batch_size=32, progress=Silent())


@dataclass(frozen=True, slots=True)
class _Named:
    spec: EncoderSpec


def _compare(reader: Scrolled, catalog: EncodedCatalog) -> Changes:
    return find_changes(cast(Reader, reader), catalog, removes=lambda _: False)


def _expect(changes: Changes, **expected: int) -> None:
    found = {name: count for name, count in changes.counts().items() if count}
    if found != expected:
        raise ParameterError(f"The comparison found {found} instead of {expected}.")
