"""`likewise serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options
from likewise.ingest.errors import ParameterError

if TYPE_CHECKING:
    from likewise.deploy.serving import Serving


@click.command()
@options.option("--store", metavar="FOLDER|URL", help="Where the index lives.")
@options.option(
    "--demo", is_flag=True, envvar=None, help="Serve the sample catalog; it is drawn and indexed if need be."
)
# Not LIKEWISE_PORT: Kubernetes sets that to an URL in every pod beside a Service named likewise.
@options.option("--host", default="127.0.0.1", envvar="LIKEWISE_SERVE_HOST", help="Address to listen on.")
@options.option("--port", type=click.IntRange(0, 65535), default=8000, envvar="LIKEWISE_SERVE_PORT",
                help="Port to listen on; 0 takes a free one.")  # fmt: skip
@options.option("--workers", type=click.IntRange(1, 64), default=1, envvar="LIKEWISE_SERVE_WORKERS",
                help="Processes that answer; as many as there are processors, for most requests a second.")  # fmt: skip
@options.option("--refresh", type=click.FloatRange(0.1), default=10.0,
                help="Seconds between two looks for a newly published version.")  # fmt: skip
@options.option("--wait", is_flag=True, help="Start also when there is no index yet, unready until there is one.")
@options.option("--name", default="", envvar="LIKEWISE_SERVE_NAME", help="The shop's name, for the page.")
@options.option("--where", multiple=True, metavar="KEY=VALUE", envvar="LIKEWISE_SERVE_WHERE",
                help="Show only products that meet this, whatever a visitor asks for; repeat it.")  # fmt: skip
@options.option("--hide", multiple=True, metavar="COLUMN,…", envvar="LIKEWISE_SERVE_HIDE",
                help="Columns that are never shown, nor filtered by.")  # fmt: skip
@options.rules
@options.option("--catalog", type=click.Path(exists=True, file_okay=False, path_type=Path),
                envvar="LIKEWISE_SERVE_CATALOG",
                help="Folder that pictures are read from, where the catalog of the ingest is elsewhere.")  # fmt: skip
@options.option("--token", default="", envvar="LIKEWISE_SERVE_TOKEN", show_default=False,
                help="What requests have to bear (Authorization: Bearer TOKEN). On a command line all users of this "
                "machine can read it: use the variable.")  # fmt: skip
@options.option("--cors", multiple=True, metavar="ORIGIN", envvar="LIKEWISE_SERVE_CORS",
                help="A shop's address, such as https://shop.example, whose pages may ask; repeat it.")  # fmt: skip
@options.option("--prefix", default="", metavar="PATH", envvar="LIKEWISE_SERVE_PREFIX",
                help="Path below which a proxy shows the service, such as /likewise.")  # fmt: skip
@options.option("--timeout", type=click.FloatRange(0.1), default=30.0, envvar="LIKEWISE_SERVE_TIMEOUT",
                help="Seconds that an answer may take, not counting the arrival of a picture.")  # fmt: skip
@options.option("--max-in-flight", type=click.IntRange(1), default=256, envvar="LIKEWISE_SERVE_MAX_IN_FLIGHT",
                help="Requests that a process answers at once; further ones are told to come back.")  # fmt: skip
@options.option("--answers-cache", type=click.IntRange(0), default=32, metavar="MIB",
                envvar="LIKEWISE_SERVE_ANSWERS_CACHE",
                help="MiB of answers to searches by id that a process keeps; 0 for none.")  # fmt: skip
@options.option("--log-requests/--no-log-requests", default=True, help="A line in the log for every request.")
@options.weights
@options.stand_in
def serve(
    store: str | None,
    demo: bool,
    host: str,
    port: int,
    workers: int,
    refresh: float,
    wait: bool,
    name: str,
    where: tuple[str, ...],
    hide: tuple[str, ...],
    rules: Path | None,
    catalog: Path | None,
    token: str,
    cors: tuple[str, ...],
    prefix: str,
    timeout: float,
    max_in_flight: int,
    answers_cache: int,
    log_requests: bool,
    weights: Path | None,
    stand_in: bool,
) -> None:
    """Answer searches over HTTP, and show them on a page.

    \b
    likewise serve --store index/ --port 8000
    curl 'http://127.0.0.1:8000/v1/similar/15970?k=6&where=gender=Men'
    curl 'http://127.0.0.1:8000/v1/similar?probe=all' --data-binary @photo.jpg
    """
    from likewise.deploy.demo_index import demo_index
    from likewise.deploy.parsing import parse_names
    from likewise.deploy.serving import Serving
    from likewise.search.service.settings import Settings

    if demo == bool(store):
        raise ParameterError("serve takes --store, or --demo instead of it.")
    address = str(demo_index()) if demo else str(store)
    settings = Settings(
        name=name or ("Likewise demo" if demo else ""),
        refresh=refresh,
        # A server is a round trip away.
        direct="://" not in address,
        where=where,
        hide=parse_names("--hide", hide) if hide else (),
        token=token,
        cors=cors,
        prefix=prefix,
        timeout=timeout,
        max_in_flight=max_in_flight,
        catalog=catalog,
        answers=answers_cache * 2**20,
    )
    _serve(Serving(address, settings, wait, weights, rules, stand_in), (host, port), workers, log_requests)


def _serve(serving: Serving, where: tuple[str, int], workers: int, log_requests: bool) -> None:
    from likewise.deploy.json_logs import log_to_stderr
    from likewise.deploy.serving import end_in_peace, listen

    def started() -> None:
        click.echo(f"Listening on {address}{serving.settings.prefix}")

    end_in_peace()
    log_to_stderr(requests=log_requests)
    if workers > 1:
        # What is wrong is said once, before there are several to say it.
        serving.live().close()
    sockets = listen(*where, workers)
    host, port = sockets[0].getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if workers == 1:
        serving.run(sockets[0], started)
        return
    from likewise.deploy.workers import Workers

    Workers(serving, workers, requests=log_requests).run(sockets, started)
