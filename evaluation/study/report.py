"""`index.html`: the whole comparison on one self-contained page."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from likewise.evaluation.scoring import MEAN
from likewise.ingest.features import EncodedProduct
from likewise.ingest.progress import Progress
from likewise.search import SearchClient
from likewise.search.showing.sheet import write_sheet

from . import figures
from .columns import distributed, file_name, recalled
from .compare import Study
from .queries import STUDY_K
from .scores import Row
from .sweeps import Sweeps
from .tables import PRECISION, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 2
"""Sample queries of each category on the contact sheet."""

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#202124;max-width:1380px;margin:2.5rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #dadce0}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #eceff1;white-space:nowrap}
th:first-child,td:first-child{text-align:left}small,i{color:#5f6368}img{max-width:100%}figure{margin:1rem 0}
"""


def write(out: Path, findings: Findings, *, products: bool, progress: Progress) -> None:
    """Draw all figures into `out/figures` and write `out/index.html`; `products` adds their pictures."""
    study, folder = findings.study, out / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    pictures: list[tuple[str, bytes]] = []
    drawn = _draw(findings, Sweeps(study, study.folder / "sweeps"))
    with progress.stage("figures") as advance:
        for name, figure in drawn:
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png")
            (folder / f"{name}.png").write_bytes(buffer.getvalue())
            pictures.append((name, buffer.getvalue()))
            advance(1)
    if products:
        sheet = folder / "recommendations.png"
        _sheet(study, sheet)
        pictures.append(("recommendations", sheet.read_bytes()))
    (out / "index.html").write_text("".join(_page(findings, pictures)), "utf-8")


def _draw(findings: Findings, sweeps: Sweeps) -> Iterator[tuple[str, Figure]]:
    study = findings.study
    for protocol in study.splits:
        yield f"overview-{protocol}", figures.overview(findings, protocol)
    yield "distribution", figures.distribution([item.product for item in study.catalog], distributed(study.scoring))
    yield "explained-variance", figures.variance(sweeps.variance())
    clusters = sweeps.clusters()
    yield "inertia", figures.inertia(clusters)
    yield "precision-by-clusters", figures.precision_by_clusters(clusters)
    yield "precision-by-dimension", figures.precision_by_dimension(sweeps.dimensions())
    if any(result.method.recipe.clusterer != "none" for result in study.results):
        yield "precision-by-probe", figures.precision_by_probe(sweeps.probes())
    maps = {name: sweeps.map(name) for name in sweeps.reducers if name != "none"}
    if maps:
        for key in sweeps.mapped:
            yield f"maps-{file_name(key)}", figures.maps(maps, key)


def _sheet(study: Study, path: Path) -> None:
    """Sample recommendations of the best method under the first protocol."""
    protocol, split = next(iter(study.splits.items()))
    results = [result for result in study.results if result.protocol == protocol]
    best = max(results, key=lambda result: float(np.nanmean(result.scores.values[PRECISION, STUDY_K])))
    shown: list[EncodedProduct] = []
    for category in dict.fromkeys(split.categories):
        of_category = [item for item, name in zip(split.queries, split.categories, strict=True) if name == category]
        shown += of_category[:SHOWN]
    root = Path(study.catalog.root)
    with SearchClient.open(study.store(best)) as client:
        features = study.features(best.method).get([item.content for item in shown])
        answers = client.similar_to_features_batch(features, STUDY_K + 1, probe=best.method.probe)
        hits = [
            [hit for hit in found if hit.id != item.product.id][:STUDY_K]
            for item, found in zip(shown, answers, strict=True)
        ]
        images = [root / item.product.pictures[0].ref for item in shown]
        write_sheet(path, client, images=images, answers=hits, catalog=root)


def _page(findings: Findings, pictures: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    study = findings.study
    catalog = study.catalog
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>Likewise: comparison</title><style>{_STYLE}</style>"
    yield f"<h1>Which reduction and which clustering find the most alike?</h1><p>{len(catalog):,} products, "
    yield f"{html.escape(catalog.encoder.name)} features of {catalog.encoder.dim} numbers, "
    yield f"{len(catalog.rejects)} rejects. "
    names = findings.scoring.attributes
    finest = recalled(names, (item.product.values for item in catalog))
    yield f"Precision@6 in per cent: a recommendation scores an equal share for each of {_names(names)} that equals "
    yield f"the query's; Recall@6 asks for all products of its {html.escape(finest)}. In brackets the 95 % "
    yield "bootstrap interval"
    yield "; <i>in italics the study's published figure</i>" if findings.scoring.of_study else ""
    yield f".</p><p>{html.escape('; '.join(findings.notes))}.</p>"
    for protocol, split in study.splits.items():
        yield f"<h2>{protocol.capitalize()} protocol, {len(split.queries)} queries</h2>"
        yield from _table(findings, protocol)
        yield "<ul>"
        for test in findings.tests:
            if test.protocol == protocol:
                yield f"<li>{html.escape(test.text)}</li>"
        yield "</ul><p><small>Paired randomization tests over the same queries, p corrected by Holm's method; an "
        yield "interval is that of its one comparison, so it may miss zero where the corrected test detects nothing."
        yield "</small></p>"
    yield "<h2>Figures</h2>"
    for name, data in pictures:
        encoded = base64.b64encode(data).decode("ascii")
        yield f'<figure><img alt="{name}" src="data:image/png;base64,{encoded}"></figure>'
    yield "</html>\n"


def _table(findings: Findings, protocol: str) -> Iterator[str]:
    row_of = findings.at_study_k(protocol)
    columns = [*findings.categories, MEAN]
    heads = [
        *columns,
        "without near-duplicates",
        "Recall@6",
        "query p50 / p99, ms",
        "fit, s",
        "map all, s",
        "peak, GiB",
    ]
    yield "<table><tr><th>method</th>" + "".join(f"<th>{html.escape(head)}</th>" for head in heads) + "</tr>"
    for result in findings.study.results:
        if result.protocol != protocol:
            continue
        name, costs, published = result.method.name, result.costs, findings.published(result.method)
        yield f"<tr><td>{html.escape(result.method.title)}</td>"
        for category in columns:
            theirs = f" <i>{published[category]:.1f}</i>" if category in published else ""
            yield f"<td>{_cell(row_of[name, category, PRECISION])}{theirs}</td>"
        for metric in ("precision_without_near_duplicates", "recall"):
            yield f"<td>{_cell(row_of[name, MEAN, metric])}</td>"
        yield f"<td>{costs.query_ms_p50:.2f} / {costs.query_ms_p99:.2f}</td><td>{costs.fit_s:.1f}</td>"
        yield f"<td>{costs.transform_s:.1f}</td><td>{costs.peak_mib / 1024:.2f}</td></tr>"
    yield "</table>"


def _names(names: Sequence[str]) -> str:
    return html.escape(" and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names))


def _cell(row: Row) -> str:
    return f"{row.value:.1f} <small>({row.low:.1f} to {row.high:.1f})</small>"
