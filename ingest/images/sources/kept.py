"""Fetched pictures on disk: kept by content, found by address.

    contents/ab/abcd…       the bytes, named by their SHA-256
    addresses/12/1234….json content, validators and time of the last check, named by the SHA-256 of the address

Addresses themselves are not written down: they may be signed. Files appear whole or not at all, so that any number of
processes may write and prune at the same time; what is missing or damaged counts as never fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...errors import StoreError
from ..reading import content_hash
from .answers import Validators

_HOUR = 3600.0
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an address: the hash of its content, its validators, and when they were last checked."""

    content: str
    validators: Validators
    checked: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What the cache takes: pictures, bytes, and addresses."""

    pictures: int
    size: int
    addresses: int


class KeptPictures:
    """The pictures that were fetched, for all catalogs of this user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, address: str) -> Entry | None:
        """What is known of an address, if it is."""
        try:
            said = json.loads(self._address(address).read_bytes())
            content, validators = str(said["content"]), Validators(str(said["etag"]), str(said["modified"]))
            return Entry(content, validators, float(said["checked"])) if _HASH.fullmatch(content) else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def has(self, content: str) -> bool:
        """Whether the bytes are there."""
        return self._content(content).is_file()

    def read(self, content: str) -> bytes | None:
        """The bytes with this hash; None if they are not there, or no longer what they were."""
        try:
            data = self._content(content).read_bytes()
        except OSError:
            return None
        return data if content_hash(data) == content else None

    def keep(self, address: str, data: bytes, validators: Validators) -> Entry:
        """Keep what was fetched.

        Raises:
            StoreError: the disk is full, or the folder cannot be written.
        """
        content = content_hash(data)
        path = self._content(content)
        if self.read(content) is None:
            self._write(path, data)
        else:
            with suppress(OSError):
                # So that a prune that runs now knows that it is about to be noted.
                os.utime(path)
        return self.note(address, content, validators)

    def note(self, address: str, content: str, validators: Validators) -> Entry:
        """Remember that an address has this content now.

        Raises:
            StoreError: as `keep`.
        """
        entry = Entry(content, validators, time.time())
        said = {"content": content, "etag": validators.etag, "modified": validators.modified, "checked": entry.checked}
        self._write(self._address(address), json.dumps(said).encode())
        return entry

    def forget(self, address: str) -> None:
        """The address has no picture any longer."""
        with suppress(OSError):
            self._address(address).unlink()

    def usage(self) -> Usage:
        """What the cache takes on this disk."""
        sizes = [size for _, size, _ in _files(self.folder / "contents")]
        return Usage(len(sizes), sum(sizes), sum(1 for _ in _files(self.folder / "addresses")))

    def prune(self, *, unchecked_days: float | None = None, most_bytes: int | None = None) -> int:
        """Remove addresses that no run has checked for so long, then the longest unchecked until the rest fits.

        Content that no address has is removed with them, unless it is less than an hour old: another process may be
        about to note it.

        Returns:
            The bytes that became free.
        """
        now = time.time()
        files = list(_files(self.folder / "addresses"))
        addresses = sorted((each for each in files if each[0].suffix == ".json"), key=lambda each: -each[2])
        sizes = {path.name: size for path, size, _ in _files(self.folder / "contents")}
        needed: set[str] = set()
        total = 0
        for path, _, checked in addresses:
            content = _content_of(path)
            more = sizes.get(content, 0) if content not in needed else 0
            old = unchecked_days is not None and now - checked > unchecked_days * 24 * _HOUR
            if old or content not in sizes or (most_bytes is not None and total + more > most_bytes):
                with suppress(OSError):
                    path.unlink()
                continue
            needed.add(content)
            total += more
        # Among the rest are drafts of writers that were killed.
        rest = [each for each in files if each[0].suffix != ".json"] + list(_files(self.folder / "contents"))
        return sum(_removed(each) for each in rest if _is_idle(each, needed, now))

    def _address(self, address: str) -> Path:
        name = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / "addresses" / name[:2] / f"{name}.json"

    def _content(self, content: str) -> Path:
        return self.folder / "contents" / content[:2] / content

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part")
            try:
                draft.write_bytes(data)
                os.replace(draft, path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(
                f"The cache of pictures {self.folder} cannot be written ({error.strerror}). Make room, or set "
                "LIKEWISE_CACHE to another folder."
            ) from error


File = tuple[Path, int, float]
"""A file with its size and the time of its last change."""


def _files(folder: Path) -> Iterator[File]:
    for below in sorted(folder.iterdir()) if folder.is_dir() else ():
        for path in below.iterdir():
            with suppress(FileNotFoundError):
                status = path.stat()
                yield path, status.st_size, status.st_mtime


def _content_of(path: Path) -> str:
    try:
        return str(json.loads(path.read_bytes())["content"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _is_idle(file: File, needed: set[str], now: float) -> bool:
    path, _, changed = file
    return path.name not in needed and now - changed > _HOUR


def _removed(file: File) -> int:
    try:
        file[0].unlink()
    except OSError:
        return 0
    return file[1]
