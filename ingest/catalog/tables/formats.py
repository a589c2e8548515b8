"""What a file is: by its content, and by its suffix where the content does not tell."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ...errors import CatalogError
from .delimited import open_delimited, recognise_text
from .delimiters import looks_like_a_table
from .excel import open_excel
from .json_tables import open_json_array, open_json_lines
from .parquet import open_parquet
from .parquet_parts import open_parquet_parts
from .rows import Table, TableOptions
from .streams import GZIP, first_bytes, magic

READ = (
    "What is read: .csv, .tsv and .txt, .jsonl and .ndjson, .json (all of them also as .gz), .xlsx, .parquet, and a "
    "folder of .parquet files"
)

Opener: TypeAlias = Callable[[Path, TableOptions], Table]

_ZIP = (b"PK\3\4", b"PK\5\6")
_PARQUET = b"PAR1"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXTS = (".csv", ".tsv", ".txt", ".tab", ".psv")
_LINES = (".jsonl", ".ndjson")
_HEAD = 4096


def recognise(path: Path, options: TableOptions) -> Opener:
    """The function that opens this file or folder.

    Raises:
        CatalogError: it is no table that is read.
    """
    if path.is_dir():
        return open_parquet_parts
    if not path.is_file():
        raise CatalogError(f"There is no table {path}. {READ}; or a folder with styles.csv.")
    start = magic(path)
    if start.startswith(_PARQUET):
        return open_parquet
    if start.startswith(_ZIP):
        return _zipped(path)
    if start.startswith(_OLD_EXCEL):
        raise CatalogError(f"{path} is an old or an encrypted Excel file; save it as .xlsx without a password.")
    return _text(path, options)


def _zipped(path: Path) -> Opener:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CatalogError(f"{path} is a damaged zip or Excel file ({error}).") from error
    if not any(name.startswith("xl/") for name in names):
        raise CatalogError(f"{path} is a zip file without an Excel sheet in it; unpack it. {READ}.")
    return open_excel


def _text(path: Path, options: TableOptions) -> Opener:
    head = first_bytes(path, _HEAD)
    suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if head.startswith((_PARQUET, *_ZIP, GZIP)):
        raise CatalogError(f"{path} has another packed file in it; unpack it. {READ}.")
    content = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if content.startswith(b"["):
        if suffix == ".json" or content[1:].lstrip().startswith(b"{"):
            return open_json_array
    elif content.startswith(b"{") and _is_object(content):
        return open_json_lines
    if suffix == ".json" and content:
        raise CatalogError(f"{path} is neither a JSON array of objects nor an object a line. Write [{{...}}, {{...}}].")
    if suffix in _TEXTS:
        return open_delimited
    if suffix in _LINES:
        return open_json_lines
    return _unknown(path, options, head)


def _is_object(content: bytes) -> bool:
    """Whether the first line is an object, as far as it was read."""
    line = content.split(b"\n")[0]
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return len(line) == len(content) and line[1:].lstrip().startswith(b'"')


def _unknown(path: Path, options: TableOptions, head: bytes) -> Opener:
    """A text by its content: nothing but its columns tells that it is a table."""
    refusal = CatalogError(f"{path} is neither .csv nor .parquet, nor another table by its content. {READ}.")
    if not head.strip():
        raise CatalogError(f"{path} is empty; the first line must name the columns.")
    start = recognise_text(path, options)
    if not looks_like_a_table(start.lines, start.delimiter):
        raise refusal
    return open_delimited
