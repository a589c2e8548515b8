"""JSON answers."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON values."""
    return Response(orjson.dumps(content), status, headers, "application/json")
