"""The manifest of a version on a server, also one that an earlier release wrote."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from ....errors import StoreError
from ...manifest import Manifest
from .collections import Collections, Place
from .index_files import IndexFiles, check_table


def read_manifest(index_files: IndexFiles, collections: Collections, place: Place) -> Manifest:
    """The manifest of a committed version; what format 1 did not say is asked of its files and its collection.

    Raises:
        StoreError: damaged.
        IncompatibleError: of a later release.
    """
    where = f"{index_files.connection.where}, {place.version}"
    entry = place.entry
    data = entry.get("manifest")

    def encoder() -> dict[str, Any]:
        for file in check_table(entry.get("files"), where):
            if file["name"] == "model/encoder.json":
                try:
                    found: dict[str, Any] = json.loads(index_files.load_file(place.generation, file))
                except (ValueError, RecursionError) as error:
                    raise StoreError(f"encoder.json of {where} is damaged ({error}).") from error
                return found
        raise StoreError(f"{where} has no encoder.json. Roll back to another version.")

    manifest = Manifest.from_json(json.dumps(data), where=where, encoder=encoder)
    if isinstance(data, dict) and "layout" not in data:
        return dataclasses.replace(manifest, layout=collections.layout(place.generation))
    return manifest
