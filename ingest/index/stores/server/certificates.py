"""Whom a connection trusts, and how it says that it does not."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any

from qdrant_client.http.exceptions import ResponseHandlingException

from ....errors import ParameterError

# gRPC has a TLS of its own, which tells in words what went wrong.
_REFUSED = re.compile(
    r"CERTIFICATE_VERIFY_FAILED[^;\n]{0,200}|[Hh]ostname [Vv]erification (check )?failed[^;\n]{0,200}"
)


def trust(file: str) -> dict[str, Any]:
    """The arguments of a client, for REST and for gRPC, that trusts the authorities in a file.

    Raises:
        ParameterError: it cannot be read, or has no certificate in it.
    """
    try:
        content, context = Path(file).read_bytes(), ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ParameterError(f"{file} (LIKEWISE_CA_FILE) is no file of certificates in PEM: {error}.") from None
    return {"verify": context, "grpc_options": {"root_certificates": content}}


def unverified(error: BaseException) -> str:
    """Why the server's certificate was refused; empty when it was not."""
    found: BaseException | None = error.source if isinstance(error, ResponseHandlingException) else None
    for _ in range(10):
        if isinstance(found, ssl.SSLCertVerificationError):
            return found.verify_message
        if found is None:
            break
        found = found.__cause__ or found.__context__
    # By duck typing, so that REST users do not import grpc.
    details = getattr(error, "details", None)
    refused = _REFUSED.search(str(details())) if callable(details) else None
    return refused[0] if refused else ""
