"""Stores by address: a folder or a Qdrant server."""

from __future__ import annotations

from pathlib import Path

from .base import Condition, Hit, Point, Query, Reader, Record, Store, VersionInfo, Writer

__all__ = [
    "Condition",
    "Hit",
    "Point",
    "Query",
    "Reader",
    "Record",
    "Store",
    "VersionInfo",
    "Writer",
    "open_store",
]


def open_store(address: str | Path, *, create: bool = False) -> Store:
    """The store at a folder's path (created when `create`)."""
    from .embedded import EmbeddedStore

    return EmbeddedStore(Path(address), create=create)
