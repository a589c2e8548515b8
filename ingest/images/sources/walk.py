"""A folder of pictures without a table, as rows of a catalog: the file's name is the id, its folders the category."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..pictures import Picture, PictureSource
from .files import SAID, Files
from .names import natural, split_suffix
from .options import Refused


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture of a folder.

    Attributes:
        id: its path without the suffix; with it, if another picture beside it would have the same id. A folder that
            is refused as a whole ends in a slash.
        category: the names of its folders, joined by "/"; empty for those at the top.
        picture: what reads it, or why nothing can.
    """

    id: str
    category: str
    picture: Picture | Refused


def walk_pictures(files: Files, source: PictureSource) -> Iterator[FoundPicture]:
    """All pictures below the catalog's folder, folder by folder, 2 before 10.

    Hidden files and folders are passed over, and what has not the suffix of a picture. Links to files and to folders
    outside of the catalog are refused unless they lead into a further folder of `files`; links to folders inside of it
    are passed over, as their pictures are found where they are. Memory holds the names of the folders from the top to
    the one that is being read, and nothing of what was passed.
    """
    yield from _folder(files, source, "", (files.bases[0],))


def _folder(files: Files, source: PictureSource, below: str, above: tuple[str, ...]) -> Iterator[FoundPicture]:
    here = os.path.join(files.bases[0], below)
    try:
        with os.scandir(here) as entries:
            found = sorted((natural(each.name), _is_folder(each), each.is_symlink()) for each in entries)
    except OSError as error:
        detail = f"the folder {below[:200]!r} cannot be read ({error.strerror})"
        yield FoundPicture(f"{below}/", os.path.dirname(below), Refused("unreadable", detail))
        return
    names = [(key[1], folder, link) for key, folder, link in found if not key[1].startswith(".")]
    pictures = [name for name, folder, _ in names if not folder and split_suffix(name)[1]]
    stems = Counter(split_suffix(name)[0] for name in pictures)
    taken = set(pictures)
    for name in pictures:
        stem = split_suffix(name)[0]
        # `a.jpg` beside `a.png`, or beside `a.jpg.png`.
        key = name if stems[stem] > 1 or stem in taken else stem
        path = f"{below}/{name}" if below else name
        yield FoundPicture(f"{below}/{key}" if below else key, below, _picture(files, source, path))
    for name, folder, link in names:
        if folder:
            path = f"{below}/{name}" if below else name
            yield from _linked(files, source, path, above) if link else _folder(files, source, path, above)


def _linked(files: Files, source: PictureSource, path: str, above: tuple[str, ...]) -> Iterator[FoundPicture]:
    real = os.path.realpath(os.path.join(files.bases[0], path))
    if real == above[0] or real.startswith(above[0] + os.sep):
        return
    if not (files.allows(real) or real in files.bases):
        yield FoundPicture(
            f"{path}/", os.path.dirname(path), Refused("outside-catalog", SAID["outside-catalog"].format(repr(path)))
        )
    # A link back to a folder above would never end.
    elif real not in above:
        yield from _folder(files, source, path, (*above, real))


def _picture(files: Files, source: PictureSource, path: str) -> Picture | Refused:
    try:
        path.encode()
        problem = files.check(os.path.join(files.bases[0], path))
    except UnicodeEncodeError:
        return Refused("bad-id", f"the name {path!r:.200} is not Unicode")
    except OSError as error:
        return Refused("unreadable", f"the image {path[:200]!r} cannot be read ({error.strerror})")
    return (
        Refused(problem, SAID[problem].format(f"{path[:200]!r}")) if problem else Picture(files.named(0, path), source)
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link in a circle.
        return False
