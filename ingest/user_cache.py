"""The folder where a user's weights and features are kept, whatever index they are for."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_root() -> Path:
    """`LIKEWISE_CACHE`, else the platform's own cache folder for this user."""
    return Path(os.environ.get("LIKEWISE_CACHE") or platformdirs.user_cache_dir("likewise")).expanduser()


def features_folder() -> Path:
    """Where features are kept for all indexes of this user."""
    return cache_root() / "embeddings"
