"""Fitted state as plain arrays on disk: `.npz` without pickle, beside JSON parameters.

An index that someone hands you must not run code, and must open under the next release of scikit-learn;
so nothing that was fitted is pickled.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .errors import StoreError

MAX_JSON = 16 * 2**20

Arrays = dict[str, NDArray[Any]]
Float = NDArray[np.float32]


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
        # numpy saves unlisted keyword arguments as arrays, and older releases know no allow_pickle here; the
        # check above is what keeps objects out.
        np.savez(file, **arrays)  # type: ignore[arg-type,unused-ignore]


def load_state(folder: Path, name: str) -> tuple[dict[str, Any], Arrays]:
    """Read what `save_state` wrote.

    Raises:
        StoreError: when a file is missing, damaged, or would need pickle.
    """
    try:
        params = json.loads(_bounded(folder / f"{name}.json").decode("utf-8"))
        # Opened here: np.load leaves a path's file open when the archive is damaged.
        with (folder / f"{name}.npz").open("rb") as file:
            _check_members(file)
            with np.load(file, allow_pickle=False) as archive:
                arrays = {key: np.asarray(archive[key]) for key in archive.files}
    # A file that a stranger altered raises whatever zipfile, json or numpy stumble over: all mean the same.
    except Exception as error:
        raise StoreError(
            f"The model file {name!r} in {folder} cannot be read ({error}). Re-create the index with `likewise ingest`."
        ) from error
    if not isinstance(params, dict):
        raise StoreError(f"{folder / f'{name}.json'} holds {type(params).__name__}, not parameters.")
    return params, arrays


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise ValueError(f"more than {MAX_JSON:,} bytes")
    return data


def _check_members(file: IO[bytes]) -> None:
    """Refuse an archive that could unpack to more than its own size: ours are stored, not compressed."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed; model files are not")
            with archive.open(member) as content:
                header = np.lib.format.read_magic(content)
                read = np.lib.format.read_array_header_1_0 if header == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(content)
            if dtype.hasobject or math.prod(shape) * dtype.itemsize > member.file_size:
                raise ValueError(f"{member.filename} claims {shape} of {dtype} in {member.file_size:,} bytes")
    file.seek(0)
