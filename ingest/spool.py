"""Long lists of which memory holds a few blocks: the others wait in a file that nobody else can open.

The file has no name on POSIX systems and is opened for this process alone on others, so that what is read back is what
was written here, and it is gone with the list or the process, however that ends.
"""

from __future__ import annotations

import pickle
import tempfile
import threading
import weakref
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import IO, Any, Protocol, TypeVar, overload

from .errors import StoreError

T = TypeVar("T")

HELD = 10_000
"""Items up to which a list stays in memory as it is."""

BLOCK = 4096
"""Items that are written and read at once."""

_CACHED = 4
"""Blocks that random access keeps."""


class Packing(Protocol[T]):
    """Turns items into tuples of plain values and back; can be pickled."""

    def pack(self, item: T) -> Any:  # noqa: ANN401 - built-in types in each other
        """An item as plain values."""

    def unpack(self, packed: Any) -> T:  # noqa: ANN401
        """An item that equals the one that was packed."""


class Listed(Sequence[T]):
    """A sequence that equals a list of the same items."""

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self._item(each) for each in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(f"there is no item {at} of {len(self)}")
        return self._item(place)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    def __repr__(self) -> str:
        more = ", …" if len(self) > 3 else ""
        return f"<{len(self):,} items: {', '.join(map(repr, islice(self, 3)))}{more}>"

    def _item(self, place: int) -> T:
        raise NotImplementedError


class Spool(Listed[T]):
    """A list that can be appended to, and goes to a temporary file when it is long.

    Args:
        packing: of its items.
        items: its first ones.

    Raises:
        StoreError: from all that appends, where the folder of temporary files is full.
    """

    def __init__(self, packing: Packing[T], items: Iterable[T] = ()) -> None:
        self._packing = packing
        self._last: list[T] = []
        self._size, self._held = BLOCK, max(HELD, BLOCK)
        self._places: list[tuple[int, int]] = []
        self._file: IO[bytes] | None = None
        self._cached: OrderedDict[int, list[T]] = OrderedDict()
        self._lock = threading.Lock()
        self.extend(items)

    def append(self, item: T) -> None:
        """Add an item at the end."""
        self._last.append(item)
        if len(self._last) >= (self._held if self._file is None else self._size):
            self._write()

    def extend(self, items: Iterable[T]) -> None:
        """Add items at the end."""
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return len(self._places) * self._size + len(self._last)

    def __iter__(self) -> Iterator[T]:
        place = 0
        while place < len(self):
            block, start = self._block(place // self._size)
            yield from block[place - start :]
            place = start + len(block)

    def __reduce__(self) -> tuple[Any, ...]:
        return Spool, (self._packing, list(self))

    def _item(self, place: int) -> T:
        number, at = divmod(place, self._size)
        if number >= len(self._places):
            return self._last[place - len(self._places) * self._size]
        with self._lock:
            known = self._cached.get(number)
            if known is not None:
                self._cached.move_to_end(number)
                return known[at]
        block = self._read(number)
        with self._lock:
            self._cached[number] = block
            if len(self._cached) > _CACHED:
                self._cached.popitem(last=False)
        return block[at]

    def _block(self, number: int) -> tuple[list[T], int]:
        """The items of a block, and the place of the first; those that are not written yet are one."""
        if number < len(self._places):
            return self._read(number), number * self._size
        return list(self._last), len(self._places) * self._size

    def _read(self, number: int) -> list[T]:
        assert self._file is not None
        start, size = self._places[number]
        with self._lock:
            self._file.seek(start)
            data = self._file.read(size)
        return list(map(self._packing.unpack, pickle.loads(data)))

    def _write(self) -> None:
        whole = len(self._last) - len(self._last) % self._size
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="likewise-")  # noqa: SIM115 - closed with the list
                weakref.finalize(self, self._file.close)
            for start in range(0, whole, self._size):
                packed = list(map(self._packing.pack, self._last[start : start + self._size]))
                data = pickle.dumps(packed, pickle.HIGHEST_PROTOCOL)
                with self._lock:
                    place = self._file.seek(0, 2)
                    self._file.write(data)
                self._places.append((place, len(data)))
            self._file.flush()
        except OSError as error:
            raise StoreError(
                f"A long table cannot be kept in {tempfile.gettempdir()} ({error.strerror or error}). "
                "Make room there, or name another folder by the variable TMPDIR."
            ) from error
        del self._last[:whole]


class Picked(Listed[T]):
    """Some items of a sequence, by their places.

    Args:
        items: of which.
        places: in rising order, where the items are many and are to be read quickly.
    """

    def __init__(self, items: Sequence[T], places: Iterable[int]) -> None:
        self._items = items
        self.places = array("q", places)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[T]:
        return map(self._items.__getitem__, self.places)

    def _item(self, place: int) -> T:
        return self._items[self.places[place]]


class Chained(Listed[T]):
    """Sequences, one after the other."""

    def __init__(self, *parts: Sequence[T]) -> None:
        self._parts = parts
        self._starts = [0, *accumulate(map(len, parts))]

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._parts)

    def _item(self, place: int) -> T:
        part = bisect_right(self._starts, place) - 1
        return self._parts[part][place - self._starts[part]]
