"""`likewise evaluate`."""

from __future__ import annotations

import json
from typing import Any

import click

from likewise.deploy import options


@click.command()
@options.store
@options.version
@options.option("--per-category", type=click.IntRange(1), default=100, help="Query products of each category.")
@options.option("--by", default="masterCategory", help="Attribute whose values are the categories.")
@options.k
@options.probe
@options.where
@options.seed
@options.as_json
def evaluate(
    store: str,
    version: str | None,
    per_category: int,
    by: str,
    k: int,
    probe: Any,  # noqa: ANN401 - int or "all"
    where: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Score an index by the study's Precision@k.

    Products are drawn from each category as queries; a recommendation scores one fifth for each of gender,
    masterCategory, subCategory, articleType and baseColour that equals the query's.
    """
    from likewise.evaluation import protocol
    from likewise.search import SearchClient
    from likewise.search.filters import parse_where_options

    with SearchClient.open(store, version=version) as client:
        queries = protocol.sample_queries(client, per_category=per_category, seed=seed, by=by)
        chosen = parse_where_options(where)
        found = protocol.evaluate(client, queries, k=k, probe=probe, where=chosen, seed=seed)
        manifest = client.manifest
    if as_json:
        click.echo(json.dumps(found.to_dict()))
        return
    click.echo(
        f"Precision@{k} of {manifest.version} ({manifest.products:,} products, {manifest.encoder} -> "
        f"{manifest.reducer.name} {manifest.dim}-d, {manifest.clusterer.name}, probe {probe}), in per cent:"
    )
    for name, interval in found.precision.items():
        click.echo(
            f"  {name:14} {interval.value:6.2f}   95 % interval {interval.low:.2f} to {interval.high:.2f}   "
            f"n = {interval.n}"
        )
    if manifest.stored > manifest.dim:
        click.echo(
            "  The queries are indexed products, asked with their own attributes: this says nothing about pictures of "
            "unknown products. For those: likewise compare CATALOG --protocol held-out."
        )
    click.echo(f"  a search took {found.query_ms['p50']:.3f} ms (p50), {found.query_ms['p99']:.3f} ms (p99)")
