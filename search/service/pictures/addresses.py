"""Pictures that visitors name by their addresses, on the hosts that the catalog names and on no other."""

from __future__ import annotations

import dataclasses
import logging

from likewise.ingest.catalog import ReadingOptions
from likewise.ingest.errors import ImageError
from likewise.ingest.images import SourceOptions, StrangersPictures
from likewise.ingest.index import Manifest

from ..errors import RefusedAddressError
from ..live_index import LiveIndex
from ..metrics import Metrics
from ..threads import Threads
from ..uploads import MAX_BODY

SECONDS = 8.0
"""That a host may take: a visitor waits."""

_LOG = logging.getLogger(__name__)


def hosts_of(manifest: Manifest) -> SourceOptions:
    """Where visitors may have pictures fetched from: the hosts that the recipe of an index names."""
    options = ReadingOptions.from_dict(manifest.recipe.get("reading", {})).sources
    return dataclasses.replace(options, image_roots=(), timeout=SECONDS, retries=0, parallel=4, max_bytes=MAX_BODY)


class Addresses:
    """Fetches pictures by their addresses.

    Args:
        live: whose recipe names the hosts.
        threads: where is waited for an answer.
        metrics: of the service.
    """

    def __init__(self, live: LiveIndex, threads: Threads, metrics: Metrics) -> None:
        self._live = live
        self._threads = threads
        self._metrics = metrics
        self._pictures = StrangersPictures(SourceOptions())

    async def fetch(self, address: str) -> bytes:
        """The bytes of the picture at an address.

        Raises:
            RefusedAddressError: the address may not be asked.
            ImageError: it does not answer with a picture.
            StoreError: no version could be opened yet.
        """
        pictures = self._of_the_day()
        if not pictures.options.hosts:
            raise RefusedAddressError(
                "This catalog allows no host to fetch pictures from (an ingest with --image-host does); send the "
                "bytes of the image file."
            )
        try:
            with self._metrics.stage("fetch"):
                return await self._threads.fetch(pictures.fetch, address)
        except ImageError as error:
            if error.reason != "refused-address":
                raise
            # What it says may name addresses of the network that the service stands in, and what visitors sent is no
            # matter for a log.
            _LOG.info("The address of a visitor's picture was refused.")
            raise RefusedAddressError(
                f"Pictures are fetched from {', '.join(pictures.options.hosts)} only; send the bytes of the image file."
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._pictures.close()

    def _of_the_day(self) -> StrangersPictures:
        with self._live.client() as client:
            options = hosts_of(client.manifest)
        if options != self._pictures.options:
            self._pictures.close()
            self._pictures = StrangersPictures(options)
        return self._pictures
