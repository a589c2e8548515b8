"""Logs as lines of JSON, for whoever gathers them; what visitors send is in none of them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
"""As `json.dumps`, without an encoder made for each line."""


class JsonLines(logging.Formatter):
    """One object a record: time, level, message, and the fields that the record brings."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"time": time, "level": record.levelname, **getattr(record, "fields", {})}
        if message := record.getMessage():
            said["message"] = message
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return _ENCODE(said)


def log_to_stderr(*, requests: bool) -> None:
    """Write the logs of this process to standard error.

    Args:
        requests: a line for each of them too.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("likewise").setLevel(logging.INFO)
    logging.getLogger("likewise.requests").setLevel(logging.INFO if requests else logging.WARNING)
