"""What those who fetch pictures agree on, whether from the web or from an object store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ...errors import ImageError

NOT_THERE = ("unreachable", "timeout")
"""Reasons that say nothing about the picture: nobody answered."""


@dataclass(frozen=True, slots=True)
class Validators:
    """How a server knows again what it has sent: `ETag` and `Last-Modified`, empty where it did not say."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A picture's bytes, or None if it is still the one that was asked for, and its validators."""

    data: bytes | None
    validators: Validators


class Fetcher(Protocol):
    """Gets pictures from elsewhere; it may be called by several threads."""

    def fetch(self, ref: str, known: Validators) -> Answer:
        """Get a picture, unless it is still the known one.

        Raises:
            ImageError: it cannot be had; its reason is one of `NOT_THERE`, `http-429` or `http-5…` where nobody
                can tell whether the picture still exists.
        """

    def close(self) -> None:
        """End what waits, and close connections."""


def may_pass(error: ImageError) -> bool:
    """Whether an error says nothing about the picture, so that a copy may stand in for it."""
    return error.reason in NOT_THERE or error.reason == "http-429" or error.reason.startswith("http-5")
