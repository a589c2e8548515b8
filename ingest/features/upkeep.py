"""What lies in a cache of features, and making it smaller."""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..encoders import EncoderSpec
from .cache import FeatureCache, read_header
from .calibrations import NETWORK, NOTE


@dataclass(frozen=True, slots=True)
class CacheFile:
    """The features of one encoder.

    Attributes:
        path: of the file.
        encoder: the encoder's name, empty where an earlier release did not say.
        precision: in which it computes.
        fingerprint: of the encoder.
        dim: numbers of a picture.
        pictures: number of pictures.
        size: in bytes.
        used: when a run has opened it last.
    """

    path: Path
    encoder: str
    precision: str
    fingerprint: str
    dim: int
    pictures: int
    size: int
    used: datetime

    def is_of(self, name: str) -> bool:
        """Whether it is of the encoder with this name, or with a fingerprint that begins like this."""
        return name == self.encoder or self.fingerprint.startswith(name)

    def remove(self) -> None:
        """Delete it."""
        for suffix in (".vectors", ".json", ".lock", NETWORK, NOTE):
            self.path.with_suffix(suffix).unlink(missing_ok=True)


def cache_files(folder: Path) -> list[CacheFile]:
    """The files of a cache, by their encoders' names."""
    found = [_read(path) for path in folder.glob("*.vectors")]
    return sorted((each for each in found if each is not None), key=lambda each: (each.encoder, each.fingerprint))


def keep_only(file: CacheFile, needed: Set[str], *, dry_run: bool = False) -> int:
    """Rewrite a file with the features of these pictures alone; returns how many went, or would with `dry_run`.

    Raises:
        StoreError: it cannot be written.
    """
    cache = FeatureCache(file.path.parent, EncoderSpec(file.encoder, file.precision, file.fingerprint, (file.dim,)))
    kept = [content for content in cache.contents if content in needed]
    gone = len(cache.contents) - len(kept)
    if gone and not dry_run:
        cache.rewrite(kept)
    return gone


def _read(path: Path) -> CacheFile | None:
    header = read_header(path)
    if header is None:
        return None
    fingerprint, dim = header
    try:
        note = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        note = {}
    found = path.stat()
    used = datetime.fromtimestamp(found.st_mtime, UTC)
    pictures = FeatureCache.count(found.st_size, dim)
    named = str(note.get("encoder", "")), str(note.get("precision", ""))
    return CacheFile(path, *named, fingerprint, dim, pictures, found.st_size, used)
