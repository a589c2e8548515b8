"""Options that several commands share. Each one also comes from its `LIKEWISE_…` variable."""

from __future__ import annotations

import dataclasses
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


class ProbeType(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic only in newer click
    """A number of clusters, or `all`."""

    name = "N|all"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """An int, or "all"."""
        if value == "all" or isinstance(value, int):
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor `all`", param, ctx)


store = option("--store", required=True, metavar="FOLDER|URL", help="Where the index lives.")
version = option("--version", "version", metavar="NAME", help="Read this version instead of the current one.")
as_json = option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
k = option("-k", "--k", "k", type=click.IntRange(1, 10_000), default=6, help="Number of recommendations.")
probe = option("--probe", type=ProbeType(), default=1, help="How many of the nearest clusters to look into.")
where = option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only products like this: KEY=VALUE or KEY!=VALUE; repeat a key for any of its values.",
)


class ThresholdType(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic only in newer click
    """A score, or `confident`."""

    name = "SCORE|confident"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """A float, or "confident"."""
        if value == "confident" or isinstance(value, float):
            return value
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor `confident`", param, ctx)


prior = option(
    "--prior",
    type=click.FloatRange(0, 1),
    help="Weight of expected attributes, for an index that learned them; 0 is plain cosine. Default: the index's own.",
)
seed = option("--seed", type=int, default=0, help="Seed of everything random.")
weights = option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own checkpoint for a torchvision:NAME encoder.",
)


def encoder(function: F) -> F:
    """The options that choose an encoder."""
    for decorate in (
        weights,
        option(
            "--precision",
            type=click.Choice(["fp32", "bf16"]),
            help="bf16 is faster where the processor computes in it. Default: as the index has it; a new one: fp32.",
        ),
        option(
            "--encoder",
            help="resnet50, resnet50-rich, or torchvision:NAME[:WEIGHTS]. Default: as the index has it; a new one: "
            "resnet50, or resnet50-rich for --reducer attributes.",
        ),
    ):
        function = decorate(function)
    return function


def catalog(function: F) -> F:
    """The options that say how to read a catalog."""
    for decorate in (
        option(
            "--max-rejects",
            default="5%",
            help="Stop before anything is published when more rows than this are rejected (a count or per cent).",
        ),
        option(
            "--only",
            multiple=True,
            metavar="COLUMN=VALUE",
            help="Restrict to rows with this value; repeat a column for any of its values.",
        ),
        option("--image-column", help="Column with the image's path, relative to the table."),
        option("--id-column", help="Column with the product's id."),
    ):
        function = decorate(function)
    return function


def recipe(function: F) -> F:
    """The options that say how an index is built."""
    for decorate in (
        seed,
        option(
            "--fill-missing",
            is_flag=True,
            help="With --reducer attributes: predict empty attributes of new products; the payload says which.",
        ),
        option("--batch-size", type=click.IntRange(1, 1024), default=32, help="Images encoded at once."),
        option("--clusters", help="Number of clusters, or auto. Default: as the index has it; a new one: 10."),
        option("--clusterer", help="How index vectors are clustered. Default: as the index has it; a new one: kmeans."),
        option(
            "--components",
            type=click.IntRange(1),
            help="Width of the index vectors. Default: as the index has it; a new one: 100.",
        ),
        option(
            "--attributes",
            metavar="NAME,…",
            help="With --reducer attributes: what to learn. Default: gender, the categories, articleType, baseColour.",
        ),
        option("--reducer", help="How features become index vectors. Default: as the index has it; a new one: pca."),
    ):
        function = decorate(function)
    return function


def server(function: F) -> F:
    """How a server lays out what is created; gathered into one `server` argument, None for the defaults."""

    @functools.wraps(function)
    def gathered(
        *args: Any,  # noqa: ANN401 - click's
        shards: int | None,
        replication_factor: int | None,
        write_consistency: int | None,
        on_disk: bool,
        quantization: str,
        **settings: Any,  # noqa: ANN401 - click's
    ) -> Any:  # noqa: ANN401 - click's
        found = None
        if "://" in settings["store"]:
            from likewise.ingest.index.stores.server import ServerOptions

            found = dataclasses.replace(
                ServerOptions.from_environment(),
                shards=shards,
                replication_factor=replication_factor,
                write_consistency=write_consistency,
                on_disk=on_disk,
                quantization=quantization,
            )
        return function(*args, server=found, **settings)

    wrapped: Any = gathered
    for decorate in (
        option(
            "--quantization",
            type=click.Choice(["none", "int8"]),
            default="none",
            help="On a server: int8 keeps a quarter of every vector in memory and rescores.",
        ),
        option("--on-disk", is_flag=True, help="On a server: keep vectors on disk."),
        option("--write-consistency", type=click.IntRange(1), help="On a cluster: copies that confirm a write."),
        option("--replication-factor", type=click.IntRange(1), help="On a cluster: copies of every shard."),
        option("--shards", type=click.IntRange(1), help="On a server: shards of a collection."),
    ):
        wrapped = decorate(wrapped)
    return cast(F, wrapped)
