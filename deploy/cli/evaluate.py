"""`likewise evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from likewise.deploy import options, parsing
from likewise.deploy.search_options import search_options
from likewise.search import SearchOptions


@click.command()
@options.store
@options.version
@options.option("--per-category", type=click.IntRange(1), default=100, help="Query products of each category.")
@options.several(*options.scored)
@search_options("k", "probe", "where")
@options.cache
@options.seed
@options.as_json
def evaluate(
    store: str,
    version: str | None,
    per_category: int,
    attributes: str | None,
    category: str | None,
    searching: SearchOptions,
    cache: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Score an index by the study's Precision@k.

    Products are drawn from each category as queries; a recommendation scores an equal share for each scored column
    whose value equals the query's (lists: the same members, in any order). Which columns these are is printed; the
    index has its own, which --attributes and --by overrule for this evaluation.

    \b
    likewise evaluate --store index/
    likewise evaluate --store index/ --attributes brand,category --by category

    An index that learned attributes is asked by picture, of products that were held back from the fit, as far as their
    features are in the cache or their pictures where the catalog was; else by id, and says so.
    """
    from likewise.evaluation import protocol
    from likewise.evaluation.by_picture import find_held_back
    from likewise.evaluation.scoring import Scoring
    from likewise.search import SearchClient

    with SearchClient.open(store, version=version) as client:
        manifest = client.manifest
        names = parsing.parse_names("--attributes", [attributes]) if attributes else ()
        scoring = Scoring.of(manifest.schema, names, category)
        held_back, why_not = find_held_back(client, cache) if manifest.capabilities.predicts else (None, "")
        among = None if held_back is None else held_back.contents
        drawn = protocol.draw_queries(client, scoring, per_category=per_category, seed=seed, among=among)
        evaluation = protocol.evaluate(client, drawn.ids, searching, seed=seed, held_back=held_back, scoring=scoring)
    if as_json:
        click.echo(json.dumps(evaluation.to_dict()))
        return
    click.echo(
        f"Precision@{searching.k} of {manifest.version} ({manifest.products:,} products, {manifest.encoder.name} -> "
        f"{manifest.reducer.name} {manifest.index_dim}-d, {manifest.clusterer.name}, probe {searching.probe}), "
        "in per cent:"
    )
    click.echo(f"  {scoring.text}{f'; {drawn.remark}' if drawn.remark else ''}")
    width = max(14, *map(len, evaluation.precision))
    for name, interval in evaluation.precision.items():
        if not interval.n:
            click.echo(f"  {name:{width}}      -   no query has a value of what is scored")
            continue
        click.echo(
            f"  {name:{width}} {interval.value:6.2f}   95 % interval {interval.low:.2f} to {interval.high:.2f}   "
            f"n = {interval.n}"
        )
    if evaluation.asked == "picture":
        click.echo(
            "  The queries are products that the model was not fitted on, asked by their pictures alone: what a "
            "shopper's photo of an unknown product can expect."
        )
    elif not evaluation.unseen:
        click.echo(
            "  The queries are indexed products that the model was fitted on, asked with their own attributes: this "
            f"says nothing about pictures of unknown products ({why_not}). For those: likewise compare CATALOG "
            "--protocol held-out."
        )
    click.echo(f"  a search took {evaluation.query_ms['p50']:.3f} ms (p50), {evaluation.query_ms['p99']:.3f} ms (p99)")
