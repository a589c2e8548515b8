"""What all routes share: the index as visitors may see it, and what pictures need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from likewise.ingest.errors import ImageError

from ..asking.rectangle import Rectangle
from .client import ServedClient
from .live_index import LiveIndex
from .metrics import Metrics
from .pictures.addresses import Addresses
from .pictures.bodies import Bodies
from .pictures.queries import Asked, QueryPictures, Source
from .pictures.remembered import Memory
from .pictures.thumbnails import Thumbnails
from .settings import Settings
from .shown import Shown
from .threads import Threads
from .turns import Turns
from .uploads import Uploads

T = TypeVar("T")

VERSION = "likewise.version"
"""In the scope of a request: the version that answered it."""


class EncoderChangedError(Exception):
    """The version that is asked was built by another encoder than the one that has seen the picture."""


class Service:
    """What all routes share.

    Args:
        live: the index.
        settings: of the service.
        memory: where features of recent pictures are remembered, if other processes share it.
    """

    def __init__(self, live: LiveIndex, settings: Settings, memory: Memory | None = None) -> None:
        self.live = live
        self.settings = settings
        self.metrics = Metrics()
        self.threads = Threads()
        self.turns = Turns(settings.max_in_flight, settings.timeout, self.metrics.in_flight)
        self.pictures = QueryPictures(live, settings, self.threads, self.metrics, memory)
        self.thumbnails = Thumbnails(settings, self.metrics)
        self._addresses = Addresses(live, self.threads, self.metrics)
        self._uploads = Uploads(settings.uploads)
        self._bodies = Bodies(self._uploads, self._addresses, self.threads)
        self._shown: Shown | None = None

    def shown(self, client: ServedClient) -> Shown:
        """A version as visitors may see it."""
        known = self._shown
        if known is None or known.client is not client:
            known = self._shown = Shown(client, self.settings)
        return known

    def known(self, request: Request, key: tuple[str, bytes]) -> bytes | None:
        """What the current version has answered before to a search by id; None where it is not kept.

        Raises:
            StoreError: no version could be opened yet.
        """
        if not self.settings.answers:
            return None
        with self.live.client() as client:
            shown = self.shown(client)
            found = shown.answers.get(key)
        self.metrics.looked_up("answers", hit=found is not None)
        request.scope[VERSION] = shown.version
        return found

    async def ask(
        self, request: Request, search: Callable[[Shown], T], *, direct: bool = False, alone: bool = False
    ) -> T:
        """What the current version answers.

        Args:
            request: that is answered.
            search: asks.
            direct: here and now, rather than on another thread.
            alone: one after the other, for what takes long.
        """
        asking = partial(self._answer, search=search)
        if direct:
            found = self.live.ask(asking)
        elif alone:
            found = await self.threads.alone(self.live.ask, asking)
        else:
            found = await self.threads.search(self.live.ask, asking)
        request.scope[VERSION], answer = found
        return answer

    async def ask_with(
        self, request: Request, sources: Sequence[Source], search: Callable[[Shown, Sequence[Asked]], T]
    ) -> T:
        """What the current version answers to pictures, whose features fit it.

        Raises:
            PictureForgottenError: one of them was sent before and is no longer remembered.
        """
        for last in (False, True):
            asked = [await source() for source in sources]
            try:
                found = await self.threads.search(self.live.ask, partial(self._asked, asked, search), reduces=True)
                break
            except EncoderChangedError:
                # A version by another encoder was published while this one encoded.
                if last:
                    raise
        request.scope[VERSION], answer = found
        return answer

    def _asked(
        self, asked: Sequence[Asked], search: Callable[[Shown, Sequence[Asked]], T], client: ServedClient
    ) -> tuple[str, T]:
        if any(each.encoder != client.manifest.encoder.fingerprint for each in asked):
            raise EncoderChangedError
        return self._answer(client, lambda shown: search(shown, asked))

    @asynccontextmanager
    async def text(self, request: Request, most: int) -> AsyncIterator[bytes]:
        """The body of a request that is no picture."""
        async with self._uploads.body(request, most, "body") as body:
            yield body

    @asynccontextmanager
    async def picture(self, request: Request, part: Rectangle | None = None) -> AsyncIterator[Source]:
        """The picture that a request brings in its body, for as long as it is its turn."""
        try:
            async with self._bodies.picture(request) as data:
                yield self.pictures.sent(data, part)
        except ImageError as error:
            self.metrics.picture_refused(error.reason)
            raise
        except HTTPException as error:
            self.metrics.picture_refused({408: "slow", 503: "busy"}.get(error.status_code, "other"))
            raise

    def close(self) -> None:
        """End what runs, and let go of what is remembered."""
        self.threads.close()
        self.pictures.close()
        self.thumbnails.close()
        self._addresses.close()

    def _answer(self, client: ServedClient, search: Callable[[Shown], T]) -> tuple[str, T]:
        shown = self.shown(client)
        with self.metrics.stage("search"):
            return shown.version, search(shown)
