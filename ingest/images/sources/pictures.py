"""All pictures of a catalog, whatever its cells say: the one object that finds, fetches and reads them."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from ...errors import ImageError
from ...user_cache import cache_root
from ..pictures import Picture
from .addresses import parse
from .ahead import fetch_ahead
from .answers import Fetcher
from .by_id import ById
from .cells import Cell, bytes_or_name
from .files import Files
from .kept import KeptPictures
from .names import scheme_of
from .objects import SCHEMES, ObjectFetcher
from .objects import check as check_object
from .options import Refused, SourceOptions
from .remote import Remote
from .tables import Tables
from .walk import FoundPicture, walk_pictures

T = TypeVar("T")

_WEB = ("http", "https")
_AHEAD = 32
"""Items for each thread that fetches; only their references are in memory."""

Value = str | bytes | Mapping[str, object] | Cell | None


class Pictures:
    """Finds the pictures that cells name, and reads them by reference, also in another process.

    A reference is a path relative to the catalog or to one of the image roots, or an address: `https://…`, `s3://…`,
    `cell://table.parquet/column/row`, in rare cases `file://…`. Credentials of addresses are in none of them; they are
    remembered here, by host, for as long as this object lives.

    Args:
        root: the catalog's folder.
        options: where else pictures may come from.
        cache: folder of what was fetched; by default below the user's cache folder.
    """

    def __init__(self, root: Path, options: SourceOptions | None = None, *, cache: Path | None = None) -> None:
        self.root = root
        self.options = options or SourceOptions()
        self.kept = KeptPictures(cache or cache_root() / "pictures")
        self._born = time.time()
        self._credentials: dict[str, tuple[str, str]] = {}
        self._open()

    def find(self, value: Value, at: Cell | None = None) -> Picture | Refused:
        """The picture that a cell means; nothing is fetched yet.

        Args:
            value: a name, an address, bytes, a mapping of `bytes` and `path`, or a cell of a Parquet table.
            at: where bytes stand; they are not kept, but read again from there.

        Raises:
            ValueError: bytes, and no `at`: that is a bug, not a bad cell.
        """
        if isinstance(value, Cell):
            return Picture(value.ref, self)
        named = bytes_or_name(value)
        if isinstance(named, bytes):
            if at is None:
                raise ValueError("find() of bytes needs the cell that they stand in")
            return Picture(at.ref, self)
        if named is None:
            return Refused("missing-image", "the cell has neither bytes nor the name of an image")
        found = self._ref(named)
        return found if isinstance(found, Refused) else Picture(found, self)

    def by_id(self, product_id: str) -> list[Picture] | Refused:
        """The pictures that lie under a product's id, at least one; see `ById.find` and `only_own`."""
        found = self._by_id.find(product_id)
        return found if isinstance(found, Refused) else [Picture(ref, self) for ref in found]

    def walk(self) -> Iterator[FoundPicture]:
        """All pictures of the folder, for a catalog without a table; see `walk_pictures`."""
        return walk_pictures(self._files, self)

    def read(self, ref: str) -> bytes:
        """The bytes of a picture.

        Raises:
            ImageError: they cannot be had.
            StoreError: the cache of what was fetched cannot be written.
        """
        scheme = scheme_of(ref)
        if scheme in ("", "file"):
            return self._files.read(ref)
        if scheme == "cell":
            return self._tables.read(ref)
        return self._remote(ref, scheme).read(ref)

    def ahead(self, items: Iterable[T], pictures: Callable[[T], Iterable[Picture]]) -> Iterator[T]:
        """The same items in the same order, each when its pictures are in the cache or are known not to be had.

        `read` then answers from this machine. Pictures that are files or cells are not waited for.

        Raises:
            StoreError: the cache cannot be written.
        """
        threads = self.options.parallel
        return fetch_ahead(items, lambda item: self._jobs(pictures(item)), threads=threads, ahead=_AHEAD * threads)

    def prefetch(self, refs: Iterable[str]) -> Iterator[str]:
        """`ahead` for bare references."""
        return self.ahead(refs, lambda ref: (Picture(ref, self),))

    @property
    def stale(self) -> int:
        """Number of pictures so far for which a copy stood in, because their server did not answer."""
        return sum(remote.stale for remote in self._remotes.values())

    def close(self) -> None:
        """End what waits, and close connections; it may be read from again."""
        self._finalizer()
        self._open()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Pictures({str(self.root)!r})"

    def __getstate__(self) -> dict[str, object]:
        return {
            "root": self.root,
            "options": self.options,
            "kept": self.kept,
            "_born": self._born,
            "_credentials": self._credentials,
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._open()

    def _open(self) -> None:
        """What cannot be pickled; connections are made when they are needed."""
        self._files = Files(self.root, self.options.image_roots)
        self._by_id = ById(self._files)
        self._tables = Tables(self._files)
        self._remotes: dict[str, Remote] = {}
        self._lock = threading.Lock()
        self._closers: list[Callable[[], None]] = [self._tables.close]
        self._finalizer = weakref.finalize(self, _close, self._closers)

    def _ref(self, value: str) -> str | Refused:
        scheme = scheme_of(value)
        if scheme in ("", "file"):
            found = self._files.find(value)
            text = value.strip()
            if isinstance(found, Refused) and text.startswith("//") and "." in text[2:].partition("/")[0]:
                # As pages and exports of shops write it: the scheme of the page.
                web = self._web(f"https:{text}")
                return found if isinstance(web, Refused) else web
            return found
        if scheme in _WEB:
            return self._web(value)
        return check_object(value.strip(), scheme, self.options) or value.strip()

    def _web(self, value: str) -> str | Refused:
        address = parse(value, self.options)
        if isinstance(address, Refused):
            return address
        if address.credentials:
            known = self._credentials.setdefault(address.origin, address.credentials)
            if known != address.credentials:
                return Refused("refused-address", f"{address.origin} has different credentials in another row")
        return address.ref

    def _jobs(self, pictures: Iterable[Picture]) -> Sequence[Callable[[], None]]:
        refs = [picture.ref for picture in pictures]
        return [partial(self._fetch, ref) for ref in refs if scheme_of(ref) in (*_WEB, *SCHEMES)]

    def _fetch(self, ref: str) -> None:
        # Whoever reads it is told the reason.
        with suppress(ImageError):
            self._remote(ref, scheme_of(ref)).ensure(ref)

    def _remote(self, ref: str, scheme: str) -> Remote:
        problem = None if scheme in _WEB else check_object(ref, scheme, self.options)
        if problem:
            raise ImageError(problem.reason, problem.detail)
        kind = "web" if scheme in _WEB else "objects"
        with self._lock:
            if kind not in self._remotes:
                fetcher = self._web_fetcher() if kind == "web" else ObjectFetcher(self.options)
                self._closers.append(fetcher.close)
                age = self.options.max_age
                self._remotes[kind] = Remote(fetcher, self.kept, fresh_since=self._born, max_age=age)
            return self._remotes[kind]

    def _web_fetcher(self) -> Fetcher:
        # httpx takes a tenth of a second to load.
        from .fetch import WebFetcher

        return WebFetcher(self.options, self._credentials)


def _close(closers: list[Callable[[], None]]) -> None:
    for each in closers:
        each()
