"""From the picture that a visitor asks with to its features."""

from __future__ import annotations

import mmap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder
from likewise.ingest.images import content_hash

from ...asking.images import open_query
from ...asking.rectangle import Rectangle
from ..errors import PictureForgottenError
from ..live_index import LiveIndex
from ..metrics import Metrics
from ..settings import Settings
from ..threads import Threads
from .batches import Batches, Pixels
from .remembered import Memory, RememberedFeatures


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A picture that is asked with.

    Attributes:
        picture: sha256 of its bytes, by which it can be asked with again.
        features: float32[D].
        encoder: fingerprint of the encoder that made them.
    """

    picture: str
    features: Float
    encoder: str


Source = Callable[[], Awaitable[Asked]]
"""Gives the picture for the version that is current; asked again where that has another encoder meanwhile."""


class QueryPictures:
    """Features of pictures, encoded together with others that arrive at the same time, or remembered.

    Args:
        live: whose encoder sees them.
        settings: of the service.
        threads: where they are decoded and encoded.
        metrics: of the service.
        memory: where features are remembered, if other processes share it.
    """

    def __init__(
        self, live: LiveIndex, settings: Settings, threads: Threads, metrics: Metrics, memory: Memory | None = None
    ) -> None:
        self._live = live
        self._threads = threads
        self._metrics = metrics
        # Pages that nobody writes to take no memory.
        self._remembered = RememberedFeatures(mmap.mmap(-1, settings.remembered) if memory is None else memory)
        self._batches = Batches(threads.encoding, live.encoding, settings.batch, metrics.batch)

    def sent(self, data: bytes, part: Rectangle | None) -> Source:
        """The source of a picture whose bytes are here, or of a part of it."""

        async def encoded() -> Asked:
            with self._live.client() as client:
                encoder, spec = client.encoder(), client.manifest.encoder
            picture = await self._threads.decode(content_hash, data)
            known = self._known(picture, part, spec.fingerprint, spec.dim)
            if known is not None:
                return known
            with self._metrics.stage("decode"):
                pixels = await self._threads.decode(_prepared, data, part, encoder)
            with self._metrics.stage("encode"):
                features = await self._batches.encode(encoder, pixels)
            self._remembered.put(picture, _text(part), spec.fingerprint, features)
            return Asked(picture, features, spec.fingerprint)

        return encoded

    def again(self, picture: str, part: Rectangle | None) -> Source:
        """The source of a picture that was sent before.

        Raises:
            PictureForgottenError: from the source, where its features are no longer remembered.
        """

        async def remembered() -> Asked:
            with self._live.client() as client:
                spec = client.manifest.encoder
            known = self._known(picture, part, spec.fingerprint, spec.dim)
            if known is None:
                raise PictureForgottenError(f"The picture {picture[:64]!r} is not remembered; send it again.")
            return known

        return remembered

    def close(self) -> None:
        """Let go of the memory."""
        self._remembered.close()

    def _known(self, picture: str, part: Rectangle | None, encoder: str, width: int) -> Asked | None:
        features = self._remembered.get(picture, _text(part), encoder, width)
        self._metrics.looked_up("features", hit=features is not None)
        return None if features is None else Asked(picture, features, encoder)


def _prepared(data: bytes, part: Rectangle | None, encoder: Encoder) -> Pixels:
    return encoder.prepare(open_query(data, part))


def _text(part: Rectangle | None) -> str:
    return "" if part is None else f"{part.x:.4f},{part.y:.4f},{part.width:.4f},{part.height:.4f}"
