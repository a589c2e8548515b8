"""Pictures at addresses that strangers name: fetched as those of a catalog are, and not kept."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...errors import ImageError
from .addresses import parse, refused
from .answers import Validators
from .names import scheme_of
from .options import Refused, SourceOptions

if TYPE_CHECKING:
    from .fetch import WebFetcher


class StrangersPictures:
    """Fetches pictures from the hosts that are named, and from no other; any number of threads may share it.

    Args:
        options: limits, and the hosts. Without any host nothing is fetched.
    """

    def __init__(self, options: SourceOptions) -> None:
        self.options = options
        self._fetcher: WebFetcher | None = None
        self._lock = threading.Lock()

    def fetch(self, address: str) -> bytes:
        """The bytes of a picture.

        Raises:
            ImageError: `refused-address`, or the reason why it cannot be had.
        """
        if scheme_of(address) not in ("http", "https"):
            raise ImageError("refused-address", "the picture's address does not begin with https://")
        found = parse(address, self.options)
        if isinstance(found, Refused):
            raise ImageError(found.reason, found.detail)
        if not self.options.hosts or found.credentials:
            raise refused(address, "has a name and password" if found.credentials else "may not be asked")
        data = self._web().fetch(found.ref, Validators()).data
        if data is None:
            raise ImageError("unreachable", "the answer is that nothing has changed, although nothing was known")
        return data

    def close(self) -> None:
        """Close all connections; it may be fetched from again."""
        with self._lock:
            fetcher, self._fetcher = self._fetcher, None
        if fetcher is not None:
            fetcher.close()

    def _web(self) -> WebFetcher:
        # httpx takes a tenth of a second to load.
        from .fetch import WebFetcher

        with self._lock:
            if self._fetcher is None:
                self._fetcher = WebFetcher(self.options)
            return self._fetcher
