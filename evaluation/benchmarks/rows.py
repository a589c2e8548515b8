"""What a long table costs before anything is fitted: seconds and memory of reading it and comparing it with an index.

The table has ten columns of all types, an id and the name of one of a hundred small pictures. Every measurement runs
in a process of its own, so that its memory is its own. Pictures are really read and hashed, by an ingest of which all
features are there; the index is a reader of the payloads of the same rows, in another order, as a store gives them.
"""

from __future__ import annotations

import csv
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
from PIL import Image

from likewise.evaluation.memory import AnonymousPeak, anonymous_mib
from likewise.ingest.catalog import Catalog, ReadingOptions, Schema, catalog_fingerprint, read_catalog
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import ParameterError
from likewise.ingest.features import EncodedCatalog, FeatureCache, encode_catalog
from likewise.ingest.images import content_hash
from likewise.ingest.index import Changes, Reader, Record, find_changes
from likewise.ingest.progress import Silent

SIZES = (10_000, 100_000, 1_000_000)
FORMATS = ("csv", "parquet")
PICTURES = 100
STAGES = ("read", "hash", "compare", "compare relabelled", "digests")
OPTIONS = ReadingOptions(id_column="sku", image_columns=("photo",))
BLOCK = 10_000
ENCODER = EncoderSpec("none", "fp32", "benchmark-rows", (8,))


@dataclass(frozen=True, slots=True)
class Cost:
    """One measurement: the seconds of a stage, and the process's peak of anonymous memory in it, MiB.

    `start_mib` is what the process had before the first stage.
    """

    format: str
    rows: int
    stage: str
    seconds: float
    anonymous_mib: float
    start_mib: float


def row(at: int) -> dict[str, Any]:
    """A product's line: two columns that say which it is, and ten of all types."""
    return {
        "sku": f"A{at:09d}",
        "photo": f"images/{at % PICTURES}.png",
        "title": f"Article {at} of a shop that has many, in size {at % 17}",
        "brand": f"Brand {at * 7 % 211}",
        "category": ("Chairs", "Tables", "Lamps", "Beds", "Shelves")[at % 5],
        "ean": f"0{at * 7919 % 10**12:012d}",
        "price": (at * 31 % 90_000) / 100 + 0.05,
        "stock": at * 13 % 500,
        "available": at % 3 > 0,
        "added": f"20{at % 20 + 5:02d}-{at % 12 + 1:02d}-{at % 28 + 1:02d}",
        "updated": f"2026-{at % 12 + 1:02d}-{at % 28 + 1:02d}T{at % 24:02d}:{at % 60:02d}:00",
        "materials": ["wood", f"finish {at % 9}", f"lot {at % 31}"],
    }


def write_table(path: Path, rows: int) -> None:
    """A CSV or Parquet table of that many rows, and its pictures beside it."""
    images = path.parent / "images"
    images.mkdir(exist_ok=True)
    for at in range(PICTURES):
        Image.new("RGB", (24, 24), (at * 2, 255 - at, at % 7 * 30)).save(images / f"{at}.png")
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(row(0))
            writer.writerows([_cell(value) for value in row(at).values()] for at in range(rows))
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([row(0)])
    with pq.ParquetWriter(path, table.schema) as parquet:
        for start in range(0, rows, BLOCK):
            made = [row(at) for at in range(start, min(start + BLOCK, rows))]
            parquet.write_table(pa.Table.from_pylist(made, table.schema))


@dataclass(frozen=True, slots=True)
class _Capabilities:
    predicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Manifest:
    schema: Schema
    capabilities: _Capabilities


class Scrolled:
    """As much of a reader as a comparison needs: payloads from a file.

    Args:
        path: of the payloads, one a line.
        schema: of the index.
        changed: what every payload has otherwise.
    """

    def __init__(self, path: Path, schema: Schema, changed: Mapping[str, Any]) -> None:
        self.manifest = _Manifest(schema, _Capabilities())
        self._path = path
        self._changed = changed

    def scroll(self) -> Iterator[Record]:
        """All records, in an order that is not the catalog's."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                payload = json.loads(line) | self._changed
                yield Record(payload["id"], payload)


def write_payloads(path: Path, folder: Path, rows: int) -> None:
    """What an index of the table holds."""
    contents = [content_hash((folder / "images" / f"{at}.png").read_bytes()) for at in range(PICTURES)]
    # Neighbours of the table are far from each other in a store whose order is that of hashed ids.
    stride = next(each for each in (7919, 7907, 7901) if rows % each)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            at = number * stride % rows
            fields = row(at)
            sku, photo = fields.pop("sku"), fields.pop("photo")
            payload = {"id": sku, **fields, "image": photo, "cluster": f"{at % 60}", "content": contents[at % PICTURES]}
            file.write(json.dumps(payload) + "\n")


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
    """A line a format and stage: seconds and memory at each size, and how seconds grow between the two largest."""
    sizes = sorted({cost.rows for cost in costs})
    heads = [f"{rows:,}" for rows in sizes]
    lines = [
        "| table | stage | " + " | ".join(f"{head}, s" for head in heads) + " | growth | "
        + " | ".join(f"{head}, MiB" for head in heads) + " |",
        "|---" * (3 + 2 * len(sizes)) + "|",
    ]  # fmt: skip
    for name in dict.fromkeys(cost.format for cost in costs):
        for stage in STAGES:
            mine = {cost.rows: cost for cost in costs if (cost.format, cost.stage) == (name, stage)}
            seconds = [f"{mine[rows].seconds:.1f}" if rows in mine else "-" for rows in sizes]
            memory = [f"{mine[rows].anonymous_mib:,.0f}" if rows in mine else "-" for rows in sizes]
            lines.append(f"| {name} | {stage} | {' | '.join(seconds)} | {_growth(mine)} | {' | '.join(memory)} |")
    return "\n".join(lines) + "\n"


def _growth(costs: Mapping[int, Cost]) -> str:
    if len(costs) < 2:
        return "-"
    small, large = (costs[rows] for rows in sorted(costs)[-2:])
    exponent = np.log(large.seconds / small.seconds) / np.log(large.rows / small.rows)
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
        begun = time.perf_counter()
        with AnonymousPeak() as peak:
            yield
        costs.append(Cost(table.suffix[1:], rows, name, time.perf_counter() - begun, peak.mib, start))

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
    contents = [content_hash((folder / "images" / f"{at}.png").read_bytes()) for at in range(PICTURES)]
    features.append(contents, np.zeros((PICTURES, ENCODER.dim), np.float32))
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


def _cell(value: Any) -> str:  # noqa: ANN401 - a value of any type
    return json.dumps(value) if isinstance(value, list | bool) else str(value)
