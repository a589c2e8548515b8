"""What an assistant can ask of an index, and what it gets."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from likewise.ingest.errors import ImageError, NotFoundError, ParameterError

from ..asking.options import SearchOptions
from ..client import SearchClient
from ..filtering.facets import has_order
from ..filtering.text_filters import parse_where_options
from ..service.live_index import LiveIndex
from ..showing.rendering import answer_as_json
from .words import about

T = TypeVar("T")

MOST = 100
"""Hits, products or values of one answer: an assistant reads all of it."""

MAX_PICTURE = 16 * 2**20
"""Bytes of a picture."""


class Tools:
    """Every method answers with JSON values.

    Args:
        live: the index.
        pictures: folder whose files an assistant may search with; by default none.
        refresh: seconds after which another current version is looked for.

    Raises:
        LikewiseError: as the client's methods.
    """

    def __init__(self, live: LiveIndex, *, pictures: Path | None = None, refresh: float = 10.0) -> None:
        self._live = live
        self._pictures = None if pictures is None else pictures.resolve()
        self._refresh = refresh
        self._looked = time.monotonic()
        # An assistant asks one thing after another, and a network may not run in two threads at once.
        self._turn = threading.Lock()

    def about(self) -> str:
        """The catalog in words."""
        return self._ask(about)

    def similar(self, product_id: str, options: SearchOptions) -> dict[str, Any]:
        """The products that look most like one."""
        return self._ask(lambda client: answer_as_json(client.similar(product_id, options=options)))

    def similar_to_picture(self, picture: bytes, options: SearchOptions) -> dict[str, Any]:
        """The products that look most like a picture."""
        return self._ask(lambda client: answer_as_json(client.similar_to_image(picture, options=options)))

    def recommend(self, liked: Sequence[str], disliked: Sequence[str], options: SearchOptions) -> dict[str, Any]:
        """The products most like some and unlike others."""
        return self._ask(lambda client: answer_as_json(client.recommend(liked, disliked, options=options)))

    def describe(self, picture: bytes, top: int) -> dict[str, Any]:
        """What a picture shows, with probabilities."""
        found = self._ask(lambda client: client.describe(picture, top))
        return {
            name: [{"value": value, "probability": round(share, 4)} for value, share in values]
            for name, values in found.items()
        }

    def facets(self, column: str, where: Sequence[str], limit: int) -> dict[str, Any]:
        """How many products have which values of a column."""
        conditions = parse_where_options(where)

        def ask(client: SearchClient) -> dict[str, Any]:
            if has_order(column, client.manifest.schema):
                bins = client.histogram(column, conditions)
                return {"bins": [{"low": each.low, "high": each.high, "count": each.count} for each in bins]}
            found = client.facets(column, conditions)
            shown = [{"value": value, "count": count} for value, count in islice(found.items(), limit)]
            return {"values": shown, "total": len(found)}

        return self._ask(ask)

    def product(self, product_id: str) -> dict[str, Any]:
        """All that the catalog says of a product."""
        return self._ask(lambda client: client.get(product_id))

    def products(self, where: Sequence[str], limit: int) -> dict[str, Any]:
        """Some products that meet conditions."""
        conditions = parse_where_options(where)

        def ask(client: SearchClient) -> dict[str, Any]:
            names = list(islice(client.ids(conditions), limit))
            return {"products": client.get_batch(names), "total": client.count(conditions)}

        return self._ask(ask)

    def picture(self, base64_bytes: str | None, file: str | None) -> bytes:
        """The bytes of a picture that an assistant hands over, or names.

        Raises:
            ParameterError: none, or both; a file where none may be read, or outside of the folder.
            NotFoundError: no such file.
            ImageError: too large, or no base64.
        """
        if (base64_bytes is None) == (file is None):
            raise ParameterError("Give the picture either as base64 or by the name of a file.")
        if file is not None:
            return self._read(file)
        # Four characters for three bytes.
        if len(base64_bytes or "") > MAX_PICTURE * 4 // 3 + 4:
            raise ImageError("too-large", f"the picture has more than {MAX_PICTURE:,} bytes")
        try:
            return base64.b64decode("".join((base64_bytes or "").split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ImageError("wrong-format", f"the picture is no base64 ({error})") from None

    def _read(self, file: str) -> bytes:
        if self._pictures is None:
            raise ParameterError("No files can be read; start with --pictures FOLDER, or give the picture as base64.")
        path = (self._pictures / file).resolve()
        if not path.is_relative_to(self._pictures):
            raise ParameterError(f"{file!r} does not lie in the folder of pictures.")
        if not path.is_file():
            raise NotFoundError(f"There is no file {file!r} in the folder of pictures.")
        if path.stat().st_size > MAX_PICTURE:
            raise ImageError("too-large", f"{file} has more than {MAX_PICTURE:,} bytes")
        return path.read_bytes()

    def _ask(self, question: Callable[[SearchClient], T]) -> T:
        with self._turn:
            if time.monotonic() - self._looked > self._refresh:
                self._live.refresh()
                self._looked = time.monotonic()
            return self._live.ask(question)
