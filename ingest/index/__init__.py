"""Versions of an index: what built them, what differs between them and a catalog, and where they live.

A fitted model and an encoded catalog come in; a version in a folder or on a Qdrant server, published or not, goes out.
The pipeline writes versions, searches read them, operators list, publish, export and prune them.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .build import Update, build_version, place_sample, update_version
    from .changes import Changes
    from .comparing import find_changes
    from .costs import COSTS_FILE, Costs
    from .filters import Filter
    from .layout import Layout
    from .manifest import Manifest, Step, library_versions
    from .payload_filter import meets, moment
    from .picture_source import picture_source
    from .prune import prune_versions
    from .recipe import LEARNED, Recipe, lowered
    from .recipe_options import RecipeOptions, apply_options
    from .stores import (
        Candidate,
        Examples,
        Hit,
        Point,
        Query,
        Reader,
        Record,
        Store,
        Strategy,
        VersionInfo,
        Writer,
        open_store,
    )

# A search reads versions and writes none.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "build": ["Update", "build_version", "place_sample", "update_version"],
        "changes": ["Changes"],
        "comparing": ["find_changes"],
        "costs": ["COSTS_FILE", "Costs"],
        "filters": ["Filter"],
        "layout": ["Layout"],
        "manifest": ["Manifest", "Step", "library_versions"],
        "payload_filter": ["meets", "moment"],
        "picture_source": ["picture_source"],
        "placing": ["place"],
        "prune": ["prune_versions"],
        "recipe": ["LEARNED", "Recipe", "lowered"],
        "recipe_options": ["RecipeOptions", "apply_options"],
        "stores": [
            "Candidate",
            "Examples",
            "Hit",
            "Point",
            "Query",
            "Reader",
            "Record",
            "Store",
            "Strategy",
            "VersionInfo",
            "Writer",
            "open_store",
        ],
    },
)

__all__ = [
    "COSTS_FILE",
    "LEARNED",
    "Candidate",
    "Changes",
    "Costs",
    "Examples",
    "Filter",
    "Hit",
    "Layout",
    "Manifest",
    "Point",
    "Query",
    "Reader",
    "Recipe",
    "RecipeOptions",
    "Record",
    "Step",
    "Store",
    "Strategy",
    "Update",
    "VersionInfo",
    "Writer",
    "apply_options",
    "build_version",
    "find_changes",
    "library_versions",
    "lowered",
    "meets",
    "moment",
    "open_store",
    "picture_source",
    "place",
    "place_sample",
    "prune_versions",
    "update_version",
]
