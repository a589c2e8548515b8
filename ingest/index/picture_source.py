"""The pictures of an index, read again by the names that its payloads keep."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..catalog import ReadingOptions
from ..images import Pictures
from .manifest import Manifest

PLACES = ("image_roots", "image_hosts", "allow_private")
"""Options of reading that say where pictures may be: this machine's business, and not a stranger's."""


def picture_source(manifest: Manifest, catalog: Path | None = None) -> Pictures:
    """Reads the pictures of an index; what was fetched once is not asked for again.

    Args:
        manifest: of the index.
        catalog: folder of the catalog; by default where it was at the ingest.
    """
    options = ReadingOptions.from_dict(manifest.recipe.get("reading", {})).sources
    return Pictures(catalog or Path(manifest.catalog), dataclasses.replace(options, max_age=math.inf))


def without_places(manifest: Manifest) -> Manifest:
    """A manifest that names no place of this machine, nor of another one."""
    reading: Mapping[str, Any] = manifest.recipe.get("reading", {})
    kept = {name: value for name, value in reading.items() if name not in PLACES}
    recipe = {**manifest.recipe, "reading": kept} if "reading" in manifest.recipe else manifest.recipe
    return dataclasses.replace(manifest, catalog="", parent=None, recipe=recipe)
