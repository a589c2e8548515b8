"""Where the bytes of a picture come from. Whoever reads a picture need not know whether it is a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..errors import ImageError
from .reading import read_image_bytes


class PictureSource(Protocol):
    """Reads pictures by reference. It can be pickled, so that other processes can read them too."""

    def read(self, ref: str) -> bytes:
        """The bytes of one picture.

        Raises:
            ImageError: they cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """Pictures that are files below a folder; references are relative paths with forward slashes."""

    root: Path

    def read(self, ref: str) -> bytes:
        """The content of a file, which may not be outside of the folder: a stranger may have written the reference.

        Raises:
            ImageError: as `read_image_bytes`, or `outside-catalog`.
        """
        path = self.root / ref
        try:
            inside = path.resolve().is_relative_to(self.root.resolve())
        except (OSError, ValueError, RuntimeError) as error:
            raise ImageError("unreadable", f"the image {ref[:200]!r} cannot be read ({error})") from error
        if not inside:
            raise ImageError("outside-catalog", f"the image {ref[:200]!r} lies outside of the catalog")
        return read_image_bytes(path)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a product.

    Attributes:
        ref: its name in the catalog, as the payload keeps it.
        source: what reads it.
    """

    ref: str
    source: PictureSource = field(repr=False, compare=False)

    def read(self) -> bytes:
        """The bytes of the image file.

        Raises:
            ImageError: they cannot be had.
        """
        return self.source.read(self.ref)
