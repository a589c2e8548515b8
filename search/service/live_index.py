"""The client of whatever version is current, swapped while searches go on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from likewise.ingest.encoders import Encoder
from likewise.ingest.errors import IncompatibleError, LikewiseError, StoreError, VersionGoneError, WeightsError
from likewise.ingest.index import Manifest, Reader, Store

from .client import ServedClient, load_network

PATIENCE = 5.0
"""Seconds that an end waits for a version that is being opened, which may take minutes."""

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Opened:
    """A client and its users: the service itself, as long as it is the newest, and every running search."""

    client: ServedClient
    beside: object = None
    users: int = 1


class LiveIndex:
    """Searches read the version that was current when they began; nothing is closed under their feet.

    The first version is there as soon as it answers searches by id; what searches by picture need besides is loaded by
    `load`, or by the first of them. Later versions are swapped in when they answer both.

    Every method may be called from any thread.

    Args:
        connect: gives the store; called again until it succeeds.
        encoder: from a version's manifest to the encoder for searches by image; None leaves it to the client.
        client: makes the client of an opened version.
        beside: what clients are made of besides; they are made anew when it gives something else.
    """

    def __init__(
        self,
        connect: Callable[[], Store],
        encoder: Callable[[Manifest], Encoder | None],
        client: Callable[[Reader, Encoder | None], ServedClient] = lambda reader, encoder: ServedClient(
            reader, encoder=encoder
        ),
        beside: Callable[[], object] = lambda: None,
    ) -> None:
        self._connect = connect
        self._encoder = encoder
        self._client = client
        self._beside = beside
        self._store: Store | None = None
        self._opened: _Opened | None = None
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        # Some reducers (UMAP's compiled code) may not run in two threads at once, and neither may networks.
        self._reducing = threading.Lock()
        self.encoding = threading.Lock()
        """Held by whoever runs the encoder."""
        self._loaded: ServedClient | None = None

    @property
    def version(self) -> str:
        """Name of the newest version that was opened; empty as long as there is none."""
        opened = self._opened
        return "" if opened is None else opened.client.manifest.version

    @property
    def loaded(self) -> bool:
        """Whether all is there that searches need, so that none of them waits for it."""
        opened = self._opened
        return opened is not None and opened.client is self._loaded

    @contextmanager
    def client(self) -> Iterator[ServedClient]:
        """The current version's client, open for the length of the block.

        Raises:
            StoreError: no version could be opened yet.
        """
        with self._lock:
            opened = self._opened
            if opened is None:
                raise StoreError(f"No index is open. {_text(self._failure)}".rstrip())
            opened.users += 1
        try:
            yield opened.client
        finally:
            self._release(opened)

    def ask(self, search: Callable[[ServedClient], T], *, reduces: bool = False) -> T:
        """What the current version answers; asked again, once, of the next one when it is deleted meanwhile.

        Args:
            search: asks a client.
            reduces: whether it runs the model's reducer: one thread at a time may, whatever their number.

        Raises:
            StoreError: no version could be opened yet, or the store does not answer.
        """
        try:
            return self._ask(search, reduces)
        except VersionGoneError:
            # A prune came before the next look at what is current.
            self.refresh()
        return self._ask(search, reduces)

    def _ask(self, search: Callable[[ServedClient], T], reduces: bool) -> T:
        with self.client() as client, self._reducing if reduces else nullcontext():
            return search(client)

    def open(self) -> None:
        """Open the current version, unless it is open already.

        Raises:
            LikewiseError: it cannot be opened, or does not answer; the version that was open stays.
        """
        with self._opening:
            if self._store is None:
                self._store = self._connect()
            version, beside = self._store.current(), self._beside()
            before = self._opened
            if before is not None and (before.client.manifest.version, before.beside) == (version, beside):
                return
            client = self._try(self._store, whole=before is not None)
            if before is not None:
                self._loaded = client
            with self._lock:
                self._opened = _Opened(client, beside)
        _LOG.info("Version %s is open (%d products).", client.manifest.version, client.manifest.products)
        if before is not None:
            self._release(before)

    def refresh(self) -> None:
        """`open`, but a failure is kept for `client` and logged when it is news."""
        try:
            self.open()
        # Whatever a store does at three in the morning, the version that is open goes on answering.
        except Exception as error:
            if type(error) is not type(self._failure):
                known = isinstance(error, LikewiseError)
                _LOG.warning("The current version cannot be opened: %s", _text(error), exc_info=not known)
            self._failure = error
        else:
            self._failure = None

    def load(self) -> None:
        """Load what searches by picture need, once a version; what fails is logged, and said to those searches."""
        if self.loaded or self._opened is None:
            return
        with self.client() as client:
            try:
                self._load(client)
            except Exception as error:
                known = isinstance(error, LikewiseError)
                _LOG.warning("Searches by picture do not work: %s", _text(error), exc_info=not known)
            self._loaded = client

    def close(self) -> None:
        """Close the client, once no search uses it, and the store; nothing where a version is just being opened."""
        if not self._opening.acquire(timeout=PATIENCE):
            _LOG.info("A version that was being opened is left behind.")
            return
        try:
            with self._lock:
                before, self._opened = self._opened, None
            if before is not None:
                self._release(before)
            store, self._store = self._store, None
            if store is not None:
                store.close()
        finally:
            self._opening.release()

    def _try(self, store: Store, *, whole: bool) -> ServedClient:
        """A client that has answered a search, so that a version that is damaged is never swapped in.

        Args:
            store: opens the version.
            whole: search by features too, and load the network, while another version answers.
        """
        reader = store.open()
        try:
            reader.warm()
            client = self._client(reader, self._encoder(reader.manifest))
            client.probe()
            if whole:
                self._load(client)
        except BaseException:
            reader.close()
            raise
        return client

    def _load(self, client: ServedClient) -> None:
        with self._reducing:
            client.load()
        try:
            load_network(client.encoder(), self.encoding)
        except (IncompatibleError, WeightsError) as error:
            # Without a network there are still searches by id.
            _LOG.warning("Version %s is searched by id only: %s", client.manifest.version, error)

    def _release(self, opened: _Opened) -> None:
        with self._lock:
            opened.users -= 1
            unused = opened.users == 0
        if unused:
            opened.client.close()


def _text(failure: Exception | None) -> str:
    """For the log: texts of foreign errors may hold anything, so only their class is told."""
    if failure is None:
        return ""
    return str(failure) if isinstance(failure, LikewiseError) else f"{type(failure).__name__}; see above."
