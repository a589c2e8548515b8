"""Pictures that no column names: `images/<id>.jpg` and what lies beside it."""

from __future__ import annotations

import os
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Container, Sequence

from ..pictures import Picture
from .files import SAID, Files, said
from .names import SUFFIXES, natural, split_suffix
from .options import Refused

IMAGES = "images"

_NUMBERED = re.compile(r"[_-]\d{1,4}")
_MOST = 1000
"""Pictures of one product; more are another thing than a product's pictures."""


class ById:
    """Looks up the pictures of a product by its id, in a list of the folder's names that is made once.

    In each folder of the catalog's files, `images/` is searched; in those beside the catalog, also the folder itself.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        further = range(1, len(files.bases))
        self._places = [(0, IMAGES), *((base, below) for base in further for below in (IMAGES, ""))]
        self._names: dict[str, list[tuple[str, str]]] = {}

    def find(self, product_id: str) -> list[str] | Refused:
        """The references of a product's pictures, the main one first.

        `<id>.<suffix>`, of several suffixes the best one; then all of the folder `<id>/`; then `<id>_1.jpg`,
        `<id>-2.jpg` and so on. The numbered ones may be another product's: see `only_own`.
        """
        if not product_id:
            return Refused("missing-image", "there is no id to find an image by")
        if "/" in product_id or product_id in (".", ".."):
            return Refused("outside-catalog", f"the id {product_id[:200]!r} cannot name an image file")
        reason = "missing-image"
        try:
            for base, below in self._places:
                folder = os.path.join(self._files.bases[base], below)
                names, problem = self._in(folder, unicodedata.normalize("NFC", product_id))
                if names:
                    return [self._files.named(base, f"{below}/{name}".lstrip("/")) for name in names]
                reason = problem or reason
        except (OSError, ValueError) as error:
            return Refused("unreadable", f"the images of {product_id[:200]!r} cannot be read ({said(error)})")
        return Refused(reason, SAID[reason].format(repr(f"{IMAGES}/{product_id[:200]}{SUFFIXES[0]}")))

    def _in(self, folder: str, key: str) -> tuple[list[str], str]:
        """Names below a folder, and what is wrong with the main one if there are none."""
        found: list[str] = []
        problem = ""
        for name in sorted(self._starting(folder, f"{key}."), key=_rank):
            stem, suffix = split_suffix(unicodedata.normalize("NFC", name))
            if stem != key or not suffix:
                continue
            problem = self._files.check(os.path.join(folder, name))
            if not problem:
                found.append(name)
            # A link that leads nowhere is no image; the next suffix may be one.
            if problem != "missing-image":
                break
        if problem not in ("", "missing-image"):
            return [], problem
        further = [each for name in self._starting(folder, key, exact=True) for each in _below(folder, name)]
        beside = [name for sign in "_-" for name in self._starting(folder, key + sign) if _is_numbered(name, key)]
        further += sorted(beside, key=natural)
        return found + [name for name in further if not self._files.check(os.path.join(folder, name))], problem

    def _starting(self, folder: str, start: str, *, exact: bool = False) -> list[str]:
        names = self._names.get(folder)
        if names is None:
            names = self._names[folder] = _listed(folder, self._files)
        found = []
        at = bisect_left(names, (start,))
        while at < len(names) and (names[at][0] == start if exact else names[at][0].startswith(start)):
            found.append(names[at][1])
            at += 1
        return found


def only_own(product_id: str, pictures: Sequence[Picture], ids: Container[str]) -> tuple[Picture, ...]:
    """A product's pictures without those that are named by another product's id.

    Where both `15` and `15_1` are ids, `15_1.jpg` belongs to `15_1`: that is known when all rows were read.

    Args:
        product_id: whose pictures they are.
        pictures: as found by its id.
        ids: of all rows, also of those that were rejected.
    """
    return tuple(picture for picture in pictures if not _is_of_another(picture.ref, product_id, ids))


def _is_of_another(ref: str, product_id: str, ids: Container[str]) -> bool:
    folder, name = os.path.split(ref)
    stem = split_suffix(name)[0]
    composed = unicodedata.normalize("NFC", stem)
    if unicodedata.normalize("NFC", product_id) in (composed, unicodedata.normalize("NFC", os.path.basename(folder))):
        return False
    return stem in ids or composed in ids


def _listed(folder: str, files: Files) -> list[tuple[str, str]]:
    real = os.path.realpath(folder)
    if not (files.allows(real) or real in files.bases) or not os.path.isdir(real):
        return []
    # The second is mostly the first again, and then the very same string.
    return sorted((name if name.isascii() else unicodedata.normalize("NFC", name), name) for name in os.listdir(real))


def _below(folder: str, name: str) -> list[str]:
    """The pictures of a folder inside a folder, 2 before 10."""
    inner = os.path.join(folder, name)
    if not os.path.isdir(inner):
        return []
    pictures = [each for each in os.listdir(inner) if split_suffix(each)[1] and not each.startswith(".")]
    return [f"{name}/{each}" for each in sorted(pictures, key=natural)[:_MOST]]


def _rank(name: str) -> tuple[bool, int, str]:
    suffix = split_suffix(name)[1]
    return (not suffix.islower(), SUFFIXES.index(suffix.lower()) if suffix else len(SUFFIXES), name)


def _is_numbered(name: str, key: str) -> bool:
    stem, suffix = split_suffix(unicodedata.normalize("NFC", name))
    return bool(suffix) and bool(_NUMBERED.fullmatch(stem[len(key) :]))
