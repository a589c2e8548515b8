"""Options that several commands share. Each one also comes from its `LIKEWISE_…` variable."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

F = TypeVar("F", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401 - click's own settings
    """`click.option` with the variable `LIKEWISE_<NAME>`, shown in the help."""
    longest = max((name for name in names if name.startswith("-")), key=len).split("/")[0].lstrip("-")
    settings.setdefault("envvar", f"LIKEWISE_{longest.upper().replace('-', '_')}")
    settings.setdefault("show_envvar", True)
    settings.setdefault("show_default", settings.get("default") is not None and not settings.get("is_flag"))
    return click.option(*names, **settings)


store = option("--store", required=True, metavar="FOLDER|URL", help="Where the index lives.")
version = option("--version", "version", metavar="NAME", help="Read this version instead of the current one.")
as_json = option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
seed = option("--seed", type=int, default=0, help="Seed of everything random.")
weights = option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own checkpoint for a torchvision:NAME encoder.",
)
stand_in = option(
    "--stand-in",
    is_flag=True,
    help="Of an index in int8, encode pictures in fp32 where OpenVINO is not installed, if the two agree.",
)
cache = option(
    "--cache",
    "--embeddings",
    "cache",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="LIKEWISE_FEATURES",
    help="Folder of the cache of features. Default: `embeddings` in LIKEWISE_CACHE, or in your user cache.",
)

lock_timeout = option(
    "--lock-timeout",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for another run to end; on a server the lock of one that died ends after 60 s.",
)
max_time = option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after so long (exit code 11): searches stay as they were, and the next run goes on where this one was.",
)
rules = option(
    "--rules",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A merchandiser's file: products that come first, sink, or are never shown.",
)
ids = option(
    "--id", "ids", multiple=True, required=True, metavar="ID", envvar=None, help="Id of a product; repeat for several."
)
dry_run = option(
    "--dry-run",
    is_flag=True,
    help="Say what would be encoded, changed and fitted, and about how long it would take; write nothing.",
)

# Not of `reindex`, whose --keep is a number of versions.
keep = click.option("--keep", "keep", multiple=True, metavar="COLUMN,…", help="Short for --keep-columns.")

_SAVED = "Default: as the index has it; a new one: "

_encoder = option(
    "--encoder",
    help=f"resnet50, resnet50-rich, or torchvision:NAME[:WEIGHTS]. {_SAVED}resnet50, or resnet50-rich for --reducer "
    "attributes.",
)


def _precision(default: str) -> Callable[[F], F]:
    words = (
        "What the encoder computes in. bf16 and int8 are faster where the processor has it; int8 takes "
        "likewise[openvino], and auto the fastest of those that suit."
    )
    return option("--precision", type=click.Choice(["auto", "fp32", "bf16", "int8"]), help=f"{words} {default}")


encoder = (_encoder, _precision(f"{_SAVED}auto."), weights)
"""The options that choose an encoder."""

study_encoder = (_encoder, _precision("Default: fp32, as in the study."), weights)

scored = (
    option("--attributes", metavar="COLUMN,…",
           help="What is scored and, with --reducer attributes, learned. Default: as the index has it, else text "
           "columns whose values repeat."),
    option("--by", "category", metavar="COLUMN",
           help="Queries are drawn from the products of each value of this column. Default: as the index has it, else "
           "a scored column called category or the like."),
)  # fmt: skip
"""The options that say what a recommendation is scored by."""

catalog = (
    option("--id-column", help=f"Column with the product's id. {_SAVED}id."),
    option("--image-column", "image_columns", multiple=True,
           help="Column with the image's path, relative to the table; repeat it, the main one first. "
           f"{_SAVED}images/<id>.jpg."),
    option("--column", "columns", multiple=True, metavar="COLUMN:TYPE",
           help="Type of a column (text, integer, float, bool, datetime, list) where it is not to be found out."),
    option("--drop", multiple=True, metavar="COLUMN,…", help="Columns that the index does not keep."),
    option("--keep-columns", multiple=True, metavar="COLUMN,…", help="The only columns that the index keeps."),
    option("--filterable", multiple=True, metavar="COLUMN,…",
           help="Columns to filter by although nearly all of their values differ."),
    *scored,
    option("--delimiter", help="Between the cells of a text table. Default: found out."),
    option("--encoding", help="Of a text table. Default: found out."),
    option("--sheet", help="Of a workbook. Default: the first."),
    option("--map", "maps", multiple=True, metavar="OURS=THEIRS",
           help="Give a column of the table or feed another name, such as colour=color."),
    option("--image-root", "image_roots", multiple=True, type=click.Path(exists=True, file_okay=False),
           help="A further folder in which images may lie."),
    option("--image-host", "image_hosts", multiple=True, metavar="HOST",
           help="The only hosts from which images are fetched. Default: any."),
    option("--allow-private/--no-allow-private", default=None,
           help="Fetch images also from private networks. Default: no."),
    option("--null", "nulls", multiple=True, metavar="WORD", help="A word that means an empty cell."),
    option("--only", multiple=True, metavar="COLUMN=VALUE",
           help="Restrict to rows with this value; repeat a column for any of its values. Kept with the index; "
           "--only '' lets all rows in again."),
    option("--max-rejects", default="5%",
           help="Stop before anything is published when more rows than this are rejected (a count or per cent)."),
)  # fmt: skip
"""The options that say how to read a catalog."""

recipe = (
    option("--reducer", help=f"How features become index vectors. {_SAVED}pca."),
    option("--components", type=click.IntRange(1), help=f"Width of the index vectors. {_SAVED}100."),
    option("--reducer-param", "reducer_params", multiple=True, metavar="NAME=VALUE",
           help="Any other parameter of the reducer, such as perplexity=50 or kernel=cosine; repeat for several."),
    option("--clusterer", help=f"How index vectors are clustered. {_SAVED}kmeans."),
    option("--clusters", help=f"Number of clusters, or auto. {_SAVED}10."),
    option("--clusterer-param", "clusterer_params", multiple=True, metavar="NAME=VALUE",
           help="Any other parameter of the clusterer, such as n_neighbors=20; repeat for several."),
    option("--seed", type=int, help=f"Seed of everything random. {_SAVED}0."),
    option("--fill-missing/--no-fill-missing", default=None,
           help="With --reducer attributes: predict empty attributes of new products; the payload says which. "
           f"{_SAVED}no."),
    option("--threads", type=click.IntRange(1), envvar="OMP_NUM_THREADS",
           help="Threads that compute. Default: the processors."),
    option("--batch-size", type=click.IntRange(1, 1024), default=32, help="Images encoded at once."),
    cache,
    lock_timeout,
)  # fmt: skip
"""The options that say how an index is built."""

layout = (
    option("--shards", type=click.IntRange(1), help="On a server: shards of a collection."),
    option("--replication-factor", type=click.IntRange(1), help="On a cluster: copies of every shard."),
    option("--write-consistency", type=click.IntRange(1), help="On a cluster: copies that confirm a write."),
    option("--on-disk/--no-on-disk", default=None, help=f"On a server: keep vectors on disk. {_SAVED}no."),
    option("--quantization", type=click.Choice(["none", "int8"]),
           help=f"On a server: int8 keeps a quarter of every vector in memory and rescores. {_SAVED}none."),
)  # fmt: skip
"""How a server lays out what is created."""


def several(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Options as one decorator, shown in this order."""

    def decorate(function: F) -> F:
        for each in reversed(options):
            function = each(function)
        return function

    return decorate


def job(function: F) -> F:
    """All options of a run that writes, gathered into one `building` argument (see `likewise.deploy.building`)."""

    @functools.wraps(function)
    def gathered(**settings: Any) -> Any:  # noqa: ANN401 - click's
        from likewise.deploy.building import Building

        building, others = Building.gather(settings)
        return function(building=building, **others)

    return cast(F, several(store, *catalog, *encoder, *recipe, *layout)(gathered))
