"""A large index in a folder: what building, updating, opening and searching it cost, and what searches miss.

Products are made like those of an index that is there, see `million_data`. The index of them is built by the store's
own writer, and with the settings of release 0.1, in one run; then it is searched, updated by 5 %, and searched again.
Every measurement runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.ingest.index import open_store

from . import million_build as building
from . import million_search as searching
from .alone import alone
from .kept import found_in, keep
from .million_build import Cost, Rate
from .million_data import Made, make
from .million_search import Searched, Times

SIZES = (10_000, 44_000, 200_000, 1_000_000)
QUERIES = 500


@dataclass(frozen=True, slots=True)
class Found:
    """Everything about one size.

    Attributes:
        products: of the index.
        rate: of writing, without graphs.
        built: by the store's writer.
        earlier: with the settings of release 0.1; None where it was left out.
        searched: after the build.
        updated: the update.
        again: searched after it.
    """

    products: int
    rate: Rate
    built: Cost
    earlier: Cost | None
    searched: Searched
    updated: Cost
    again: Searched

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Found:
        """Take `dataclasses.asdict` back."""
        searches = {
            name: Searched(**{**data[name], "times": tuple(Times(**each) for each in data[name]["times"])})
            for name in ("searched", "again")
        }
        costs = {name: Cost(**data[name]) if data[name] else None for name in ("built", "earlier", "updated")}
        return cls(**{**data, "rate": Rate(**data["rate"]), **costs, **searches})


def measure(
    index: Path,
    out: Path,
    *,
    sizes: Sequence[int] = SIZES,
    earlier: bool = True,
    say: Callable[[str], object] = lambda _: None,
) -> list[Found]:
    """Measure every size; what `out/million.json` already holds is not repeated.

    Args:
        index: the index whose products are imitated.
        out: folder to write to; needs 5 kB a product beside it for a while.
        sizes: numbers of products.
        earlier: whether to build with the settings of release 0.1 as well, which takes longest.
        say: told what was found.

    Raises:
        ParameterError: the index cannot be imitated, or a measurement ended its process.
        StoreError: there is no index, or the disk is full.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / "million.json"
    found = read(path)
    for products in sizes:
        if any(each.products == products for each in found):
            continue
        with tempfile.TemporaryDirectory(prefix="million-", dir=out) as folder:
            found.append(_measure(index, Path(folder), products, earlier=earlier, say=say))
        keep(path, found)
    return sorted(found, key=lambda each: each.products)


def read(path: Path) -> list[Found]:
    """What a run has left; nothing where there was none."""
    return [Found.from_dict(each) for each in found_in(path)]


def _measure(index: Path, folder: Path, products: int, *, earlier: bool, say: Callable[[str], object]) -> Found:
    def told(what: str, cost: Cost) -> Cost:
        say(f"{products:,}: {what} in {cost.cpu_s:,.0f} processor seconds, peak {cost.peak_mib:,.0f} MiB")
        return cost

    def searched(made: Made, seed: int) -> Searched:
        rows, best = alone(searching.truth, index, made, QUERIES, seed)
        seen = alone(searching.search, folder / "index", made, rows, best)
        words = ", ".join(f"{each.kind} {each.p95:.2f} ms {each.recall:.4f}" for each in seen.times)
        say(f"{products:,}: opened in {seen.open_s:.2f} s, {seen.opened_mib:,.0f} MiB; p95 and recall: {words}")
        return seen

    made = Made(alone(_make, index, folder / "made", products))
    rate = alone(building.rate, index, made, folder / "rate")
    shutil.rmtree(folder / "rate")
    say(f"{products:,}: {rate.bare:,.0f} bare points a processor second, ours {rate.share:.0%} of that")
    built = told("built", alone(building.build, index, made, folder / "index"))
    before = None
    if earlier:
        before = told("built as before", alone(building.build_earlier, index, made, folder / "earlier"))
        shutil.rmtree(folder / "earlier")
    first = searched(made, 1)
    updated = told("updated", alone(building.update, index, made, folder / "index"))
    again = searched(dataclasses.replace(made, updated=True), 2)
    return Found(products, rate, built, before, first, updated, again)


def _make(index: Path, folder: Path, products: int) -> Path:
    with open_store(index).open() as reader:
        return make(reader, folder, products).folder
