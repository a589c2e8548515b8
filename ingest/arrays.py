"""Fitted state as plain arrays on disk: `.npz` without pickle, beside JSON parameters.

An index that someone hands you must not run code, and must open under the next release of scikit-learn;
so nothing that was fitted is pickled.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import StoreError

Arrays = dict[str, NDArray[Any]]


def save_state(folder: Path, name: str, params: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `<name>.json` and `<name>.npz` into `folder`.

    Raises:
        TypeError: when an array has dtype object (a bug: it would need pickle).
    """
    for key, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name}.{key} has dtype {array.dtype}; only plain numbers and strings are saved")
    (folder / f"{name}.json").write_text(json.dumps(dict(params), indent=1, sort_keys=True) + "\n", "utf-8")
    with (folder / f"{name}.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_state(folder: Path, name: str) -> tuple[dict[str, Any], Arrays]:
    """Read what `save_state` wrote.

    Raises:
        StoreError: when a file is missing, damaged, or would need pickle.
    """
    try:
        params = json.loads((folder / f"{name}.json").read_text("utf-8"))
        # Opened here: np.load leaves a path's file open when the archive is damaged.
        with (folder / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(
            f"The model file {name!r} in {folder} cannot be read ({error}). Re-create the index with `likewise ingest`."
        ) from error
    if not isinstance(params, dict):
        raise StoreError(f"{folder / f'{name}.json'} holds {type(params).__name__}, not parameters.")
    return params, arrays
