"""Pictures that are files in the catalog's folder or in another that is allowed."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ...errors import ImageError
from ..reading import read_image_bytes
from .listings import Listings
from .names import scheme_of, spellings
from .options import Refused

SAID = {
    "missing-image": "there is no image {}",
    "outside-catalog": "the image {} lies outside of the catalog",
    "not-a-file": "the image {} is not a regular file",
}
"""What a reason says of an image."""

_MOST_FOLDERS = 10_000


class Files:
    """Finds files by the names that a table gives them, and reads them by reference.

    A reference is the path that the file has on disk, relative to the first folder that has it there, with forward
    slashes; if that would lead to another file, a `file://` address. Nothing outside of the folders is touched,
    wherever links lead: a stranger may have written the table.

    Args:
        root: the catalog's folder.
        roots: further folders.
    """

    def __init__(self, root: Path, roots: Sequence[Path] = ()) -> None:
        self._given = [os.path.abspath(each) for each in (root, *roots)]
        self.bases = [os.path.realpath(each) for each in self._given]
        self._listings = Listings()
        self._folders: dict[str, str] = {}

    def find(self, name: str) -> str | Refused:
        """The reference of the file that a cell names; the exact name wins over all others, in every folder."""
        if not name.strip():
            return Refused("missing-image", "there is no name of an image")
        try:
            return self._find(name)
        except (OSError, ValueError) as error:
            return Refused("unreadable", f"the image {name[:200]!r} cannot be read ({said(error)})")

    def read(self, ref: str) -> bytes:
        """The content of a file.

        Raises:
            ImageError: as `read_image_bytes`, or `outside-catalog`.
        """
        first = None
        try:
            for path in self._paths(ref):
                real = os.path.realpath(path)
                if self.allows(real):
                    if os.path.isfile(real):
                        return read_image_bytes(Path(real))
                    first = first or real
        except (OSError, ValueError) as error:
            raise ImageError("unreadable", f"the image {ref[:200]!r} cannot be read ({said(error)})") from error
        if first is None:
            raise ImageError("outside-catalog", f"the image {ref[:200]!r} lies outside of the catalog")
        return read_image_bytes(Path(first))

    def allows(self, real: str) -> bool:
        """Whether a path without links lies inside one of the folders."""
        return any(real.startswith(base if base.endswith(os.sep) else base + os.sep) for base in self.bases)

    def check(self, path: str) -> str:
        """What is wrong with a path: one of the reasons of `SAID`, or nothing.

        Raises:
            OSError: it cannot be asked for.
            ValueError: no path can be written so.
        """
        folder, name = os.path.split(path)
        # What a link leads to is looked up once for all files of a folder.
        real = os.path.realpath(path) if name in ("", ".", "..") else os.path.join(self._real(folder), name)
        if not self.allows(real):
            return "outside-catalog"
        try:
            mode = os.lstat(real).st_mode
            if stat.S_ISLNK(mode):
                real = os.path.realpath(real)
                if not self.allows(real):
                    return "outside-catalog"
                mode = os.stat(real).st_mode
        except FileNotFoundError:
            return "missing-image"
        return "" if stat.S_ISREG(mode) else "not-a-file"

    def named(self, base: int, name: str) -> str:
        """The reference of a file that is known to be in a folder under this relative name."""
        path = os.path.join(self.bases[base], name)
        # An earlier folder may have another file of the same name.
        if base == 0 or path == next((each for each in self._paths(name) if not self.check(each)), None):
            return _storable(f"./{name}" if scheme_of(name) else name, path)
        return self.ref(path)

    def ref(self, path: str) -> str:
        """The reference of a file inside one of the folders."""
        real = os.path.join(self._real(os.path.dirname(path)), os.path.basename(path))
        for base in self.bases:
            ref = real.removeprefix(base + os.sep)
            # An earlier folder may have a file of the same name.
            if ref != real and real == next((each for each in self._paths(ref) if not self.check(each)), None):
                return f"./{ref}" if scheme_of(ref) else _storable(ref, real)
        return _address(real)

    def _find(self, name: str) -> str | Refused:
        reason = "missing-image"
        written = self._written(name)
        for spelled in written:
            for path in self._paths(spelled):
                problem = self.check(path)
                if not problem:
                    return self._kept(spelled, path)
                if reason == "missing-image":
                    reason = problem
        for spelled in written:
            for path in self._paths(spelled):
                alike = self._alike(path)
                if alike is not None and not self.check(alike):
                    return self.ref(alike)
        return Refused(reason, SAID[reason].format(f"{name[:200]!r}"))

    def _written(self, name: str) -> list[str]:
        if scheme_of(name) != "file":
            return spellings(name)
        address = urlsplit(name.strip())
        if address.netloc not in ("", "localhost"):
            raise ValueError("the address names another machine")
        return [unquote(address.path, errors="surrogateescape"), address.path]

    def _paths(self, spelled: str) -> list[str]:
        if scheme_of(spelled) == "file":
            return self._written(spelled)[:1]
        if os.path.isabs(spelled):
            return [spelled]
        return [os.path.join(base, spelled) for base in self.bases]

    def _kept(self, spelled: str, path: str) -> str:
        # What is plain stays as it is written, and so does `shop/../1.png`, which never leaves the folder.
        plain = not (os.path.isabs(spelled) or scheme_of(spelled))
        inside = plain and (".." not in spelled or not os.path.normpath(spelled).startswith(".."))
        return _storable(spelled, path) if inside else self.ref(path)

    def _alike(self, path: str) -> str | None:
        """The path on disk that is written like this one but for normal forms and the case of the suffix."""
        for base in dict.fromkeys((*self.bases, *self._given)):
            if path.startswith(base + os.sep):
                parts = path[len(base) + 1 :].split("/")
                break
        else:
            return None
        found = base
        for at, part in enumerate(parts):
            below = os.path.join(found, part)
            if at == len(parts) - 1 or not (part in ("", ".", "..") or os.path.lexists(below)):
                real = self._real(found)
                name = self._listings.find(real, part) if real in self.bases or self.allows(real) else None
                if name is None:
                    return None
                below = os.path.join(found, name)
            found = below
        return found

    def _real(self, folder: str) -> str:
        real = self._folders.get(folder)
        if real is None:
            if len(self._folders) >= _MOST_FOLDERS:
                self._folders.clear()
            real = self._folders[folder] = os.path.realpath(folder)
        return real


def said(error: OSError | ValueError) -> str:
    """What an error says, without the path, which may be long, and is this machine's."""
    return (isinstance(error, OSError) and error.strerror) or str(error)[:200]


def _storable(ref: str, path: str) -> str:
    # A payload is Unicode, which the names of a file system need not be.
    return ref if ref.isascii() or ref.encode("utf-8", "replace").decode() == ref else _address(path)


def _address(path: str) -> str:
    return "file://" + quote(os.fsencode(path))
