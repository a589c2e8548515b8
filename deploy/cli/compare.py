"""`likewise compare`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.build import parse_clusters, parse_only
from likewise.deploy.progress import progress


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
@options.option(
    "--embeddings", type=click.Path(file_okay=False, path_type=Path), help="Embedding cache of an earlier ingest."
)
@options.option("--no-figures", is_flag=True, help="Tables and tests only.")
@options.option("--no-products", is_flag=True, help="Leave product pictures out of the report.")
@options.catalog
@options.encoder
@options.seed
@options.as_json
def compare(
    catalog: Path,
    out: Path,
    methods: str | None,
    protocol: str,
    queries: Path | None,
    per_category: int,
    components: int,
    clusters: str,
    embeddings: Path | None,
    no_figures: bool,
    no_products: bool,
    only: tuple[str, ...],
    id_column: str | None,
    image_column: str | None,
    max_rejects: str,
    encoder: str | None,
    precision: str | None,
    weights: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Compare the study's methods on CATALOG, with intervals, paired tests, figures and a report.

    \b
    likewise compare fashion/ --out report/
    likewise compare fashion/ --protocol held-out --queries ids.txt --methods none,pca
    """
    from likewise.evaluation.study import compare as run
    from likewise.evaluation.study import methods as known
    from likewise.evaluation.study import queries as asked
    from likewise.evaluation.study import report, tables, verdicts
    from likewise.ingest.catalog.reader import CatalogOptions, RejectLimit
    from likewise.ingest.encoders.base import create_encoder, encoder_blocks

    names = [name.strip() for name in (methods or "").split(",") if name.strip()]
    # Only the learned method looks beyond the study's features, which those of the rich encoder begin with.
    encoder = encoder or ("resnet50-rich" if not names or known.LEARNED in names else "resnet50")
    table = known.table_one(
        components=components, clusters=parse_clusters(clusters), seed=seed, blocks=encoder_blocks(encoder)
    )
    chosen = known.choose(names, table)
    ids = tuple(asked.read_queries(queries)) if queries else None
    protocols = asked.PROTOCOLS if protocol == "both" else (protocol,)
    bars = progress()
    study = run.compare(
        catalog,
        out,
        create_encoder(encoder, weights_file=weights, precision=precision or "fp32"),
        chosen,
        cache_folder=embeddings,
        catalog_options=CatalogOptions(id_column=id_column, image_column=image_column, only=parse_only(only)),
        options=run.Options(protocols, per_category, ids, seed, reject_limit=RejectLimit.parse(max_rejects)),
        progress=bars,
    )
    rows = tables.all_rows(study.results, seed=seed)
    tests = verdicts.verdicts(study.results, seed=seed)
    tables.write(out, study, rows, tests)
    if not no_figures:
        report.write(out, study, rows, tests, seed=seed, products=not no_products, progress=bars)
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows]))
        return
    click.echo(tables.markdown(study, rows, tests))
    click.echo(f"Open {out / ('table.md' if no_figures else 'index.html')}.")
