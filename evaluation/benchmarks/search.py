"""A search by id beside every alternative: latency, recall, and what building and keeping it costs.

All get one thread and the very same products, which are made like those of an index that is there (`million_data`).
Every way waits in a process of its own, and they are asked in turn: a drift of the machine's speed meets all of them,
and a ratio is the median of the rounds' own. It is of the processor's time: on a machine that does other work, too,
long searches are interrupted and short ones are not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.ingest.errors import ParameterError

from .alone import alone
from .kept import found_in, keep
from .million_data import Made
from .search_run import WAYS, Answers, Built, Opened, build, made_like, questions, recalls
from .search_ways import Asked, is_there

SIZES = (10_000, 44_000)
ROUNDS = 20
QUERIES = 50
"""Of each round: short ones, as the machine's speed changes within seconds."""

SECONDS = 1.0
"""After which a way's round ends."""

WARM = 100
"""Searches before each round that are not measured, as far as the time reaches."""

OURS, EVERY = "likewise", "likewise-all"
"""What the others are compared with: within the nearest cluster, and everywhere."""


@dataclass(frozen=True, slots=True)
class Searched:
    """One way at one size.

    Attributes:
        way: its key.
        products: it searches.
        queries: that were asked, one at a time.
        p50, p95, p99: milliseconds.
        cpu_p50, cpu_p99: milliseconds of the processor, without waiting for other work on the machine.
        per_s: queries a second.
        recall, recall_everywhere: shares of the six nearest that it found, among what it promises to search and of all.
        ratio, ratio_everywhere: its `cpu_p50` to ours of the same round, the median: within a cluster, and everywhere.
        build_s, build_cpu_s: by the clock and of the processor.
        disk_mib: of what it keeps.
        memory_mib: resident, after opening.
    """

    way: str
    products: int
    queries: int
    p50: float
    p95: float
    p99: float
    cpu_p50: float
    cpu_p99: float
    per_s: float
    recall: float
    recall_everywhere: float
    ratio: float
    ratio_everywhere: float
    build_s: float
    build_cpu_s: float
    disk_mib: float
    memory_mib: float


def measure(
    index: Path,
    out: Path,
    *,
    sizes: Sequence[int] = SIZES,
    ways: Sequence[str] | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> list[Searched]:
    """Measure every way at every size; what `out/search.json` already holds is not repeated.

    Args:
        index: the index whose products are imitated.
        out: folder to write to; needs 10 kB a product beside it for a while.
        sizes: numbers of products.
        ways: keys of `WAYS`; all by default.
        say: told what was found and what is left out.

    Raises:
        ParameterError: an unknown way, the index cannot be imitated, or a measurement ended its process.
        StoreError: there is no index.
    """
    for line in left_out(sizes, ways):
        say(line)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "search.json"
    found = read(path)
    for products in sizes:
        done = {each.way for each in found if each.products == products}
        wanted = [key for key in _possible(products, ways) if key not in done]
        if wanted:
            # The two that the others are compared with run again: a ratio is of one run.
            keys = list(dict.fromkeys([OURS, EVERY, *wanted]))
            with tempfile.TemporaryDirectory(prefix="search-", dir=out) as folder:
                new = _measure(index, Path(folder), products, keys, say)
            found += [each for each in new if each.way in wanted]
            keep(path, found)
    order = list(WAYS)
    return sorted(found, key=lambda each: (each.products, order.index(each.way)))


def read(path: Path) -> list[Searched]:
    """What a run has left; nothing where there was none."""
    return [Searched(**each) for each in found_in(path)]


def left_out(sizes: Sequence[int], ways: Sequence[str] | None = None) -> list[str]:
    """What is not measured, and why, a line each.

    Raises:
        ParameterError: an unknown way.
    """
    lines = []
    for key in ways or WAYS:
        if key not in WAYS:
            raise ParameterError(f"Unknown way {key!r}. Known: {', '.join(WAYS)}.")
        way, large = WAYS[key], [f"{size:,}" for size in sizes if size > WAYS[key].most]
        if not is_there(way):
            lines.append(
                f"{way.name} is left out, as {way.package} is not installed: pip install 'likewise[{way.extra}]'."
            )
        elif large:
            lines.append(f"{way.name} is left out at {', '.join(large)}: above {way.most:,} it takes too long.")
    return lines


def _possible(products: int, ways: Sequence[str] | None) -> list[str]:
    return [key for key in ways or WAYS if is_there(WAYS[key]) and products <= WAYS[key].most]


def _measure(
    index: Path, folder: Path, products: int, keys: Sequence[str], say: Callable[[str], object]
) -> list[Searched]:
    made = Made(alone(made_like, index, folder / "made", products))
    built: dict[str, Built] = {}
    for key in keys:
        name = WAYS[key].built
        if name not in built:
            built[name] = alone(build, key, index, made, folder / name)
            say(f"{products:,}: {name} built in {built[name].seconds:.1f} s")
    asked, warm = questions(made, ROUNDS * QUERIES, seed=1), questions(made, WARM, seed=2)
    rounds: dict[str, list[Answers]] = {key: [] for key in keys}
    with ExitStack() as stack:
        opened = {key: stack.enter_context(Opened(key, folder / WAYS[key].built, warm)) for key in keys}
        for at in range(ROUNDS):
            for key, way in opened.items():
                rounds[key].append(way.ask(asked[at * QUERIES : (at + 1) * QUERIES], SECONDS))
        memory = {key: way.memory_mib for key, way in opened.items()}
    shares = _recalls(made, asked, rounds)
    found = [_searched(key, products, rounds, built[WAYS[key].built], (*shares[key], memory[key])) for key in keys]
    for each in found:
        words = f"p50 {each.p50:.3g} ms ({each.cpu_p50:.3g} of the processor), {each.ratio:.3g} times ours"
        say(f"{products:,}: {WAYS[each.way].name}: {words}, recall@6 {each.recall:.4f}")
    return found


def _recalls(
    made: Made, asked: Sequence[Asked], rounds: Mapping[str, Sequence[Answers]]
) -> dict[str, tuple[float, float]]:
    """Slow ways answered only the first queries of each round."""
    found: dict[str, list[list[int] | None]] = {}
    for key, each in rounds.items():
        found[key] = [rows for one in each for rows in (*one.rows, *[None] * (QUERIES - len(one.rows)))]
    return alone(recalls, made, asked, found)


def _searched(
    key: str,
    products: int,
    rounds: Mapping[str, Sequence[Answers]],
    built: Built,
    known: tuple[float, float, float],
) -> Searched:
    ms = [each for one in rounds[key] for each in one.ms]
    cpu = [each for one in rounds[key] for each in one.cpu_ms]
    p50, p95, p99 = (_p(ms, part) for part in (50, 95, 99))
    recall, everywhere, memory = known
    return Searched(
        way=key,
        products=products,
        queries=len(ms),
        p50=p50,
        p95=p95,
        p99=p99,
        cpu_p50=_p(cpu, 50),
        cpu_p99=_p(cpu, 99),
        per_s=1e3 * len(ms) / sum(ms),
        recall=recall,
        recall_everywhere=everywhere,
        ratio=_ratio(rounds[key], rounds[OURS]),
        ratio_everywhere=_ratio(rounds[key], rounds[EVERY]),
        build_s=built.seconds,
        build_cpu_s=built.cpu_s,
        disk_mib=built.disk_mib,
        memory_mib=memory,
    )


def _ratio(theirs: Sequence[Answers], ours: Sequence[Answers]) -> float:
    rounds = zip(theirs, ours, strict=True)
    return float(np.median([_p(one.cpu_ms, 50) / _p(other.cpu_ms, 50) for one, other in rounds]))


def _p(values: Sequence[float], part: float) -> float:
    return float(np.percentile(values, part))
