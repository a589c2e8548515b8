"""How fast pictures are encoded, beside how others do it, and how far faster ways move the features.

Rounds alternate, so that a drift of the machine's speed meets all ways; a ratio is the median of the rounds' own.
"""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.evaluation.memory import peak_mib
from likewise.ingest import Recipe, ingest
from likewise.ingest.arrays import Float
from likewise.ingest.calibrating import decided
from likewise.ingest.catalog import Catalog, read_catalog
from likewise.ingest.encoders import Encoder, LazyEncoder, UndecidedEncoder
from likewise.ingest.features import FeatureCache, encode_catalog
from likewise.ingest.images import Picture
from likewise.ingest.progress import Silent

from .alone import alone
from .encoding_rivals import EAGER, rivals
from .encoding_rivals import Way as Rival
from .machine import describe_machine


@dataclass(frozen=True, slots=True)
class Way:
    """One way to encode.

    Attributes:
        name: in words.
        rate: pictures a second, the median over the rounds.
        ratio: to the batched eager loop of the same round, the median.
        cosine, least: of its features to ours in fp32, mean and least over the pictures; None for the ways of others,
            whose weights are other ones.
    """

    name: str
    rate: float
    ratio: float
    cosine: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """An ingest from files to a published index, in a process of its own.

    Attributes:
        precision: of the encoder.
        pictures: in the catalog.
        seconds: calibration and fit included.
        ratio: of its pictures a second to those of the eager loop, which ran before and after it.
        peak_mib: most memory that the process took.
    """

    precision: str
    pictures: int
    seconds: float
    ratio: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Encoding:
    """All of it, with the encoder, the machine, and how long a calibration took."""

    encoder: str
    pictures: int
    rounds: int
    machine: str
    calibration_s: float | None
    ways: list[Way]
    wholes: list[Whole]


def measure(
    catalog: Path,
    *,
    encoder: str,
    precisions: Sequence[str],
    images: int,
    rounds: int,
    wholes: Sequence[str],
    say: Callable[[str], None],
) -> Encoding:
    """Encode the first `images` products of a catalog in all ways; ingest all of it in the precisions of `wholes`."""
    found = read_catalog(catalog)
    some = dataclasses.replace(found, products=found.products[:images])
    others = rivals()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        encoders = {each: _encoder(encoder, each, found, Path(folder)) for each in precisions}
        spent = time.perf_counter() - begun
        features = {each: _encoded(some, network, Path(folder))[1] for each, network in encoders.items()}
        rates: dict[str, list[float]] = {}
        pictures = [product.pictures[0] for product in some.products]
        for at in range(rounds):
            for name, way in others.items():
                rates.setdefault(name, []).append(len(pictures) / _seconds(way, pictures))
            for name, network in encoders.items():
                seconds, _ = _encoded(some, network, Path(folder))
                rates.setdefault(ours(name), []).append(len(pictures) / seconds)
            say(f"round {at + 1}: " + ", ".join(f"{name} {each[-1]:.1f}/s" for name, each in rates.items()))
    eager = rates[EAGER]
    agreed = {ours(name): _cosines(each, features["fp32"]) for name, each in features.items() if "fp32" in features}
    ways = [
        Way(
            name,
            round(statistics.median(each), 1),
            round(statistics.median(rate / base for rate, base in zip(each, eager, strict=True)), 2),
            *agreed.get(name, ()),
        )
        for name, each in rates.items()
    ]
    calibration = round(spent, 1) if "int8" in precisions else None
    ingested = []
    for precision in wholes:
        before = _seconds(others[EAGER], pictures)
        seconds, peak = alone(_ingest, str(catalog), encoder, precision)
        base = 2 * len(pictures) / (before + _seconds(others[EAGER], pictures))
        rate = len(found.products) / seconds
        ingested.append(Whole(precision, len(found.products), round(seconds, 1), round(rate / base, 2), round(peak)))
        say(f"ingest in {precision}: {rate:.1f}/s, eager loop before and after {base:.1f}/s")
    return Encoding(encoder, len(some.products), rounds, describe_machine(), calibration, ways, ingested)


def ours(precision: str) -> str:
    """What our way in a precision is called."""
    return f"likewise, {precision}"


def _encoder(name: str, precision: str, catalog: Catalog, cache: Path) -> Encoder:
    if precision == "int8":
        return decided(UndecidedEncoder(name, precision), catalog, cache, Silent())
    return LazyEncoder(name, precision)


def _encoded(catalog: Catalog, encoder: Encoder, folder: Path) -> tuple[float, Float]:
    """Seconds, and the features float32[n, D], of an encoding that finds nothing in its cache."""
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        begun = time.perf_counter()
        cache = FeatureCache(Path(fresh), encoder.spec)
        found = encode_catalog(catalog, encoder, cache, batch_size=32, progress=Silent())
        seconds = time.perf_counter() - begun
        return seconds, cache.get([item.content for item in found])


def _seconds(way: Rival, pictures: Sequence[Picture]) -> float:
    begun = time.perf_counter()
    way(pictures)
    return time.perf_counter() - begun


def _ingest(catalog: str, encoder: str, precision: str) -> tuple[float, float]:
    """Seconds and peak memory of an ingest whose cache is empty; modules and weights are loaded by it, too."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        recipe = Recipe(encoder=encoder, precision=precision)
        ingest(catalog, Path(folder) / "index", recipe=recipe, cache=Path(folder) / "cache")
        return time.perf_counter() - begun, peak_mib()


def _cosines(one: Float, other: Float) -> tuple[float, float]:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found = np.einsum("nd,nd->n", one, other) / lengths
    return round(float(found.mean()), 5), round(float(found.min()), 5)
