"""A search on the page: a service for one person, on a port of its own, and a browser that shows it."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import click
import httpx

from likewise.deploy.serving import Serving, end_in_peace, listen
from likewise.search import SearchOptions

HOST = "127.0.0.1"


def open_page(
    serving: Serving,
    shown: Sequence[tuple[str, str]],
    picture: Path | None = None,
    browse: Callable[[str], object] = webbrowser.open,
) -> None:
    """Show a search on the page until a signal ends it.

    Args:
        serving: the service.
        shown: parameters of the page's address.
        picture: that is asked with; its address then names it.
        browse: opens an address.
    """
    end_in_peace()
    (listening,) = listen(HOST, 0)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"

    def show() -> None:
        # The page has no part in it: it finds the picture among those that the service remembers.
        parameters = [*shown, *(("picture", each) for each in _remembered(address, picture))]
        page = f"{address}?{urlencode(parameters)}"
        click.echo(f"{page}\nCtrl-C ends it.", err=True)
        browse(page)

    serving.run(listening, lambda: threading.Thread(target=show, daemon=True).start())


def page_parameters(
    options: SearchOptions, ids: Sequence[str], liked: Sequence[str], disliked: Sequence[str]
) -> list[tuple[str, str]]:
    """The page's address for a search, as names and values; the page shows as many hits as it has room for."""
    knobs = {
        "diversity": options.diversity or None,
        "probe": options.probe if options.probe != 1 else None,
        "prior": options.prior,
        "threshold": options.score_threshold,
        "group_by": options.group_by,
        "distinct": options.distinct,
        "rectangle": options.part,
        "fallback": "true" if options.fallback else None,
    }
    found = [("id", name) for name in ids]
    found += [("where", text) for text in options.where_texts]
    found += [("like", name) for name in liked] + [("dislike", name) for name in disliked]
    found += [("boost", str(boost)) for boost in options.boosts]
    return [*found, *((name, str(value)) for name, value in knobs.items() if value is not None)]


def _remembered(address: str, picture: Path | None) -> Iterator[str]:
    if picture is None:
        return
    try:
        answer = httpx.post(f"{address}v1/similar?k=1", content=picture.read_bytes(), timeout=120, trust_env=False)
        answer.raise_for_status()
        yield answer.json()["picture"]
    except (OSError, httpx.HTTPError) as error:
        click.echo(f"{picture} cannot be searched with ({error}); drop it on the page to see why.", err=True)
