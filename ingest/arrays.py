"""The fitted state of a model on disk: an `.npz` file of plain arrays beside a JSON file of parameters.

Nothing is pickled, because an index from a stranger must not run code, and because an index must open under the
next release of scikit-learn.
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
"""Bytes of the largest JSON file that is read."""

Arrays = dict[str, NDArray[Any]]
"""Fitted state: arrays of numbers or strings, by name."""

Float = NDArray[np.float32]
"""Features, index vectors and everything else that is computed in single precision."""


def save_state(folder: Path, name: str, params: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `<name>.json` and `<name>.npz` into `folder`.

    Raises:
        TypeError: an array has dtype object and would need pickle, which is a bug of the caller.
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
    """Read the parameters and the arrays that `save_state` wrote.

    Raises:
        StoreError: a file is missing, is damaged, or would need pickle.
    """
    try:
        params = json.loads(_bounded(folder / f"{name}.json").decode("utf-8"))
        # Opened here: np.load leaves a path's file open when the archive is damaged.
        with (folder / f"{name}.npz").open("rb") as file:
            arrays = read_arrays(file)
    # An altered file can make zipfile, json and numpy raise nearly anything, and all of it means the same.
    except Exception as error:
        raise StoreError(
            f"The model file {name!r} in {folder} cannot be read ({error}). Re-create the index with `likewise ingest`."
        ) from error
    if not isinstance(params, dict):
        raise StoreError(f"{folder / f'{name}.json'} holds {type(params).__name__}, not parameters.")
    return params, arrays


def read_arrays(file: IO[bytes]) -> Arrays:
    """The arrays in an `.npz` file that was written without compression.

    Raises:
        Exception: nearly anything, where the file is damaged or hostile; it never unpickles, and never takes more
            memory than the file has bytes.
    """
    _check_members(file)
    with np.load(file, allow_pickle=False) as archive:
        return {key: np.asarray(archive[key]) for key in archive.files}


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise ValueError(f"more than {MAX_JSON:,} bytes")
    return data


def _check_members(file: IO[bytes]) -> None:
    """Refuse an archive that would unpack to more than its own size; `np.savez` does not compress.

    Raises:
        ValueError: a compressed member, or one whose header claims more data than it has.
    """
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
