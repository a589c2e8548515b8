"""What folders contain, listed once, to look up names that are written differently on disk."""

from __future__ import annotations

import os
import unicodedata
from collections import OrderedDict

from .names import folded

MOST_NAMES = 500_000
"""Names that are kept at once, about 100 bytes each; a folder with more is not listed but asked."""


class Listings:
    """The folders that were looked into last."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._names = 0
        self._folders: OrderedDict[str, dict[str, str] | None] = OrderedDict()

    def find(self, folder: str, name: str) -> str | None:
        """The name on disk that differs from `name` only in normal form or in the case of its suffix.

        Of several the first in the order of the alphabet; None if there is none, or no such folder.
        """
        if folder in self._folders:
            self._folders.move_to_end(folder)
            names = self._folders[folder]
        else:
            names = self._list(folder)
        return _ask(folder, name) if names is None else names.get(folded(name))

    def _list(self, folder: str) -> dict[str, str] | None:
        names: dict[str, str] | None = {}
        try:
            with os.scandir(folder) as entries:
                for count, entry in enumerate(entries):
                    if names is None or count >= self._most:
                        names = None
                        break
                    key = folded(entry.name)
                    names[key] = min(entry.name, names.get(key, entry.name))
        except (OSError, ValueError):
            names = {}
        self._folders[folder] = names
        self._names += len(names or ())
        while self._names > self._most or len(self._folders) > self._most:
            _, dropped = self._folders.popitem(last=False)
            self._names -= len(dropped or ())
        return names


def _ask(folder: str, name: str) -> str | None:
    stem, dot, suffix = name.rpartition(".")
    for form in ("NFC", "NFD"):
        for each in (suffix, suffix.lower(), suffix.upper(), suffix.capitalize()):
            written = unicodedata.normalize(form, f"{stem}{dot}{each}")
            if os.path.lexists(os.path.join(folder, written)):
                return written
    return None
