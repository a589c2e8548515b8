"""`likewise compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy import options, parsing
from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.evaluation.study.compare import Options


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="report", help="Folder to write to.")
@options.option("--methods", help="Comma-separated; all rows of the study's Table I by default.")
@options.option(
    "--protocol",
    type=click.Choice(["in-catalog", "held-out", "both"]),
    default="both",
    help="in-catalog as in the study; held-out removes the queries before anything is fitted.",
)
@options.option(
    "--queries", type=click.Path(path_type=Path), help="File with the query products' ids, one a line, for the sample."
)
@options.option("--per-category", type=click.IntRange(2), default=100, help="Query products of each category.")
@options.option("--components", type=click.IntRange(1), default=100, help="Width of the reduced vectors.")
@options.option("--clusters", default="10", help="Number of clusters, or `auto`.")
@options.cache
@options.option("--no-figures", is_flag=True, help="Tables and tests only.")
@options.option("--no-products", is_flag=True, help="Leave product pictures out of the report.")
@options.several(*options.catalog, *options.study_encoder, options.seed)
@options.as_json
def compare(catalog: Path, out: Path, no_figures: bool, no_products: bool, as_json: bool, **settings: Any) -> None:  # noqa: ANN401 - click's
    """Compare the study's methods on CATALOG, with intervals, paired tests, figures and a report.

    \b
    likewise compare fashion/ --out report/
    likewise compare fashion/ --protocol held-out --queries ids.txt --methods none,pca
    likewise compare shop.csv --id-column sku --image-column photo --attributes brand,category --by category
    """
    from likewise.evaluation.study import methods, report, tables
    from likewise.evaluation.study.compare import compare_methods
    from likewise.ingest.encoders import encoder_parts, new_encoder

    names = [name.strip() for name in (settings["methods"] or "").split(",") if name.strip()]
    # Only the learned method looks beyond the study's features, which those of the rich encoder begin with.
    encoder = settings["encoder"] or ("resnet50-rich" if not names or methods.LEARNED in names else "resnet50")
    known = methods.study_methods(
        components=settings["components"],
        clusters=parsing.parse_clusters(settings["clusters"]),
        seed=settings["seed"],
        parts=encoder_parts(encoder),
    )
    chosen, bars = methods.choose(names, known), progress()
    # The study is in fp32, on whatever machine it is repeated.
    network = new_encoder(encoder, settings["precision"] or "fp32", weights_file=settings["weights"], progress=bars)
    findings = tables.Findings.of(compare_methods(catalog, out, network, chosen, _options(settings), bars))
    tables.write(out, findings)
    if not no_figures:
        report.write(out, findings, products=not no_products, progress=bars)
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in findings.rows]))
        return
    click.echo(tables.markdown(findings))
    click.echo(f"Open {out / ('table.md' if no_figures else 'index.html')}.")


def _options(settings: dict[str, Any]) -> Options:
    from likewise.evaluation.study.compare import Options
    from likewise.evaluation.study.queries import PROTOCOLS, read_queries
    from likewise.ingest import ReadingOptions, RejectLimit

    protocol, queries = settings["protocol"], settings["queries"]
    return Options(
        protocols=PROTOCOLS if protocol == "both" else (protocol,),
        per_category=settings["per_category"],
        ids=tuple(read_queries(queries)) if queries else None,
        seed=settings["seed"],
        reading=ReadingOptions(**parsing.parse_reading({**settings})),
        reject_limit=RejectLimit.parse(settings["max_rejects"]),
        cache=settings["cache"],
    )
