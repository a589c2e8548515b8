"""What a catalog's pictures may be and where they may come from, and the answer to a cell that names none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import ParameterError


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Where pictures may come from beside the catalog's own folder.

    Attributes:
        image_roots: further folders with pictures; they may be symbolic links.
        allow_private: addresses of private networks and of this machine may be fetched. Link-local ones, where
            clouds answer with credentials, never are.
        hosts: if given, only these hosts (for object stores: buckets); `*.shop.example` stands for all below it.
        timeout: seconds for one attempt, from connecting to the last byte.
        parallel: pictures that are fetched at once.
        retries: attempts after the first.
        max_bytes: largest picture, also when it is sent compressed.
        max_age: a copy in the cache that was checked less than this many seconds ago is used without asking again.
            What was checked since the start of the run always is.

    Raises:
        ParameterError: a number is out of its range.
    """

    image_roots: tuple[Path, ...] = ()
    allow_private: bool = False
    hosts: tuple[str, ...] = ()
    timeout: float = 20.0
    parallel: int = 8
    retries: int = 3
    max_bytes: int = 64 * 2**20
    max_age: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("timeout", 0.001), ("parallel", 1), ("retries", 0), ("max_bytes", 1), ("max_age", 0)):
            # Written so that "not a number" fails as well.
            if not getattr(self, name) >= least:
                raise ParameterError(f"{name} = {getattr(self, name)!r} is too small; at least {least} is needed.")

    def permits(self, host: str) -> bool:
        """Whether a host, or a bucket, is among those that are named, if any are."""
        host = _plain(host)
        return not self.hosts or any(
            host.endswith(each[1:]) if each.startswith("*.") else host == each for each in map(_plain, self.hosts)
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a cell leads to no picture: `reason` is a short stable word, `detail` a sentence with the value received."""

    reason: str
    detail: str


def _plain(host: str) -> str:
    return host.lower().rstrip(".")
