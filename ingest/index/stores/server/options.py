"""How to reach a server, and how long to wait for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ....errors import ParameterError
from ...layout import Layout


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Options of a server store.

    Attributes:
        api_key: never shown, logged or stored.
        grpc: speak gRPC instead of REST.
        grpc_port: of the same host.
        ca_file: certificates of the authorities that are trusted instead of the usual ones, for both protocols (PEM).
        timeout: of one request, in seconds.
        patience: how long a write is retried while the server does not answer, in seconds.
        search_patience: the same for reads, where a shopper waits.
        parallel: uploads in flight at once.
        batch: most points in one upload; wide vectors make smaller batches.
        lease: seconds that the lock of a dead process holds.
        lag: seconds by which the nodes of a cluster may lag behind each other.
        layout: of the collection of the index's files, which is made before any version; a version's own is in its
            manifest.
    """

    api_key: str | None = field(default=None, repr=False)
    grpc: bool = False
    grpc_port: int = 6334
    ca_file: str | None = None
    timeout: float = 30.0
    patience: float = 120.0
    search_patience: float = 5.0
    parallel: int = 4
    batch: int = 500
    lease: float = 60.0
    lag: float = 3.0
    layout: Layout = field(default_factory=Layout)

    def __post_init__(self) -> None:
        for name in ("timeout", "patience", "search_patience", "parallel", "batch", "lease", "lag"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} must be above 0; received {getattr(self, name)}.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """From `LIKEWISE_API_KEY` (or `LIKEWISE_API_KEY_FILE`), `_GRPC`, `_GRPC_PORT`, `_CA_FILE` and `_TIMEOUT`.

        Raises:
            ParameterError: an unreadable key file, or a timeout or port that is no number.
        """
        timeout, port = environment.get("LIKEWISE_TIMEOUT", "30"), environment.get("LIKEWISE_GRPC_PORT", "6334")
        try:
            seconds = float(timeout)
        except ValueError:
            raise ParameterError(f"LIKEWISE_TIMEOUT is {timeout!r}, not a number of seconds.") from None
        if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
            raise ParameterError(f"LIKEWISE_GRPC_PORT is {port!r}, not the number of a port.")
        return cls(
            api_key=_key(environment),
            grpc=environment.get("LIKEWISE_GRPC", "").lower() in ("1", "true", "yes", "on"),
            grpc_port=int(port),
            ca_file=environment.get("LIKEWISE_CA_FILE") or None,
            timeout=seconds,
        )


def _key(environment: Mapping[str, str]) -> str | None:
    key = environment.get("LIKEWISE_API_KEY", "").strip()
    file = environment.get("LIKEWISE_API_KEY_FILE", "")
    if not key and file:
        try:
            key = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ParameterError(f"The key file {file} (LIKEWISE_API_KEY_FILE) cannot be read: {error}.") from None
    if not key.isascii() or not key.isprintable():
        raise ParameterError("The API key holds characters that no HTTP header can carry; check for stray bytes.")
    return key or None
