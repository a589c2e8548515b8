"""Does an index in another precision recommend as well? The same queries asked of both, with a paired test.

All products are asked for by id. Where a model has learned from the products' labels, which a search by id uses, those
that no model was fitted on are asked for by picture, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.by_picture import HeldBack, ask, find_held_back
from likewise.evaluation.intervals import holm, paired_difference, paired_randomization_test
from likewise.evaluation.protocol import score
from likewise.evaluation.scoring import Scoring
from likewise.ingest.errors import ParameterError
from likewise.search import Hit, SearchClient, SearchOptions

K = 6
BATCH = 256

Answers = Callable[[SearchClient, Sequence[str]], Sequence[Sequence[Hit]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """An index against the reference, by Precision@6 in per cent.

    Attributes:
        index, reference: their encoders, in words.
        asked: `id`, or `picture` where the queries are told nothing but what their pictures show.
        queries: number of products that were asked for.
        precision, base: means of both over the categories' means.
        difference, low, high: in points, with the 95 % interval of the paired difference.
        p: of the paired randomization test, corrected for the number of tests (Holm 1979).
        cosine: of the features to those in fp32, mean, where it was measured.
    """

    index: str
    reference: str
    asked: str
    queries: int
    precision: float
    base: float
    difference: float
    low: float
    high: float
    p: float
    cosine: float | None


def measure(reference: Path, others: Sequence[Path], *, seed: int = 0, cache: Path | None = None) -> list[Difference]:
    """Compare indexes of one catalog with a reference.

    Args:
        reference, others: folders or addresses of indexes.
        seed: of intervals and tests.
        cache: folder of features, for queries by picture.

    Raises:
        ParameterError: the indexes share no products, or score other columns.
    """
    found, p_values = [], []
    with ExitStack() as opened:
        first, *rest = (opened.enter_context(SearchClient.open(each)) for each in (reference, *others))
        scoring = Scoring.of(first.manifest.schema)
        groups = {str(each[first.payloads.id]): scoring.group(each) for each in first.products()}
        names = [name for name, group in groups.items() if group is not None]
        ways: dict[str, tuple[list[str], Callable[[SearchClient], Answers]]] = {"id": (names, lambda _: _by_id)}
        if first.manifest.capabilities.predicts:
            held = {id(client): _held_back(client, cache) for client in (first, *rest)}
            shared = set.intersection(*(set(each.contents) for each in held.values()))
            unseen = [name for name in names if name in shared]
            ways["picture"] = unseen, lambda client: _by_picture(held[id(client)])
        for asked, (ids, way) in ways.items():
            kinds = np.array([groups[name] for name in ids])
            base = _scores(first, ids, way(first), scoring)
            for client in rest:
                scores = _scores(client, ids, way(client), scoring)
                change = paired_difference(scores, base, groups=kinds, seed=seed)
                p_values.append(paired_randomization_test(scores, base, groups=kinds, seed=seed))
                quantized = client.manifest.encoder.quantization
                found.append(
                    (
                        *(_words(client), _words(first), asked, len(ids)),
                        *(_mean(scores, kinds), _mean(base, kinds)),
                        *(change.value, change.low, change.high),
                        None if quantized is None else quantized.cosine,
                    )
                )
    corrected = holm(np.array(p_values, np.float64))
    return [Difference(*facts[:-1], float(p), facts[-1]) for facts, p in zip(found, corrected, strict=True)]


def markdown(found: Sequence[Difference]) -> str:
    """One row a comparison."""
    head = ("index", "against", "asked by", "queries", "Precision@6", "instead of", "difference", "p", "cosine")
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for each in found:
        cosine = "-" if each.cosine is None else f"{each.cosine:.4f}"
        change = f"{each.difference:+.2f} ({each.low:+.2f} to {each.high:+.2f})"
        cells = (
            *(each.index, each.reference, each.asked, f"{each.queries:,}"),
            *(f"{each.precision:.2f}", f"{each.base:.2f}", change, f"{each.p:.2g}", cosine),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _scores(client: SearchClient, ids: Sequence[str], way: Answers, scoring: Scoring) -> NDArray[np.float64]:
    parts = []
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        parts.append(100 * score(client.get_batch(some), way(client, some), k=K, attributes=scoring.attributes))
    return np.concatenate(parts)


def _by_id(client: SearchClient, ids: Sequence[str]) -> Sequence[Sequence[Hit]]:
    return client.similar_batch(ids, K)


def _by_picture(held: HeldBack) -> Answers:
    def answers(client: SearchClient, ids: Sequence[str]) -> Sequence[Sequence[Hit]]:
        contents: Mapping[str, str] = {name: held.contents[name] for name in ids}
        return ask(client, contents, held.features, SearchOptions(k=K))

    return answers


def _held_back(client: SearchClient, cache: Path | None) -> HeldBack:
    held, why = find_held_back(client, cache)
    if held is None:
        raise ParameterError(f"{client.manifest.version} cannot be asked by picture: {why}.")
    return held


def _mean(scores: NDArray[np.float64], groups: NDArray[np.str_]) -> float:
    return float(np.mean([np.nanmean(scores[groups == group]) for group in np.unique(groups)]))


def _words(client: SearchClient) -> str:
    manifest = client.manifest
    return f"{manifest.encoder.name} {manifest.encoder.precision}, {manifest.reducer.name}"
