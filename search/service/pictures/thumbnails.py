"""Small pictures of products, for pages: by the product's id and nothing else, made once and kept for a while."""

from __future__ import annotations

import io
import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from likewise.ingest.errors import ImageError, NotFoundError
from likewise.ingest.images import Pictures, content_hash, open_image
from likewise.ingest.index import Manifest, picture_source

from ..metrics import Metrics
from ..recent import Recent
from ..settings import Settings
from ..shown import Shown

SIZES = (160, 320, 640)
"""Width and height of the square that a thumbnail fits into."""

FORMATS = {"image/webp": ("WEBP", {"quality": 80, "method": 2}), "image/jpeg": ("JPEG", {"quality": 85})}

_WEB = ("http://", "https://")
_CELL = "cell://"
_HASH = 64

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thumbnail.

    Attributes:
        ref: of the picture, as the payload has it.
        content: SHA-256 of its bytes, or what stands for it where the index knows none.
        size: one of `SIZES`.
        type: one of `FORMATS`.
    """

    ref: str
    content: str
    size: int
    type: str

    @property
    def etag(self) -> str:
        """Equal for equal thumbnails, whatever the version."""
        return f'"{self.content[:32]}-{self.size}-{self.type.rpartition("/")[2]}"'


class Thumbnails:
    """Makes thumbnails; any number of threads may ask.

    Args:
        settings: the catalog's folder, and how many bytes of thumbnails are kept.
        metrics: of the service.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._catalog = settings.catalog
        self._metrics = metrics
        self._recent: Recent[Wanted] = Recent(settings.thumbnails)
        self._lock = threading.Lock()
        self._source: tuple[object, Pictures] | None = None

    def known(self, wanted: Wanted) -> bytes | None:
        """A thumbnail that is kept."""
        found = self._recent.get(wanted)
        self._metrics.looked_up("thumbnails", hit=found is not None)
        return found

    def make(self, wanted: Wanted, manifest: Manifest) -> bytes:
        """A thumbnail, made now.

        Raises:
            NotFoundError: the picture cannot be had here.
        """
        with self._metrics.stage("thumbnail"):
            try:
                data = _small(self.read(wanted, manifest), wanted)
            except ImageError as error:
                raise _unavailable(error) from None
        self._recent.put(wanted, data)
        return data

    def read(self, wanted: Wanted, manifest: Manifest) -> bytes:
        """The bytes of the picture itself.

        Raises:
            NotFoundError: the picture cannot be had here.
        """
        try:
            if not can_read(wanted.ref, manifest, self._catalog):
                raise ImageError("missing", f"this service has no folder with the picture {wanted.ref[:200]!r}")
            data = self._pictures(manifest).read(wanted.ref)
            if wanted.ref.startswith(_CELL) and _has_changed(data, wanted):
                # In a newer table the row may be another product's.
                raise ImageError("missing", f"the row of {wanted.ref[:200]!r} holds another picture by now")
            return data
        except ImageError as error:
            raise _unavailable(error) from None

    def close(self) -> None:
        """Close what pictures are read from."""
        with self._lock:
            source, self._source = self._source, None
        self._recent.clear()
        if source is not None:
            source[1].close()

    def _pictures(self, manifest: Manifest) -> Pictures:
        """One source for all versions of a catalog: it remembers which hosts do not answer."""
        catalog = self._catalog or Path(manifest.catalog)
        what = (catalog, repr(manifest.recipe.get("reading")))
        with self._lock:
            if self._source is None or self._source[0] != what:
                if self._source is not None:
                    self._source[1].close()
                self._source = what, picture_source(manifest, catalog)
            return self._source[1]


def can_read(ref: str, manifest: Manifest, catalog: Path | None) -> bool:
    """Whether a picture can be looked for here: it has an address, or the catalog's folder is known."""
    return ref.lower().startswith(_WEB) or bool(catalog or manifest.catalog)


def wanted(shown: Shown, product_id: str, size: int, kind: str, which: int | str) -> Wanted:
    """The thumbnail of a product's picture.

    Args:
        shown: the version that is asked.
        product_id: of the product.
        size: one of `SIZES`.
        kind: one of `FORMATS`.
        which: number of the picture, 0 for the main one, or its reference.

    Raises:
        NotFoundError: no such product, or no such picture of it.
    """
    client = shown.client
    payload = client.get(product_id)
    images, contents = client.payloads.images(payload), client.payloads.contents(payload)
    at = which if isinstance(which, int) else images.index(which) if which in images else len(images)
    if at >= len(images) or client.payloads.image in shown.hidden:
        raise NotFoundError(f"The product {product_id!r} has no such picture.")
    return Wanted(images[at], contents[at] if at < len(contents) else client.manifest.version, size, kind)


def _has_changed(data: bytes, wanted: Wanted) -> bool:
    """Whether the catalog has another picture by now than the index knows; of some it knows no hash."""
    return len(wanted.content) == _HASH and content_hash(data) != wanted.content


def _unavailable(error: ImageError) -> NotFoundError:
    # What it says may name folders of this machine.
    _LOG.info("No picture: %s", error)
    return NotFoundError("The picture of this product cannot be had here.")


def _small(data: bytes, wanted: Wanted) -> bytes:
    image = open_image(data, side=wanted.size)
    image.thumbnail((wanted.size, wanted.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    written = io.BytesIO()
    form, options = FORMATS[wanted.type]
    image.save(written, form, **options)
    return written.getvalue()
