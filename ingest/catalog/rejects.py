"""How many rejects are too many, and how they are written down."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ..errors import ParameterError, StoreError, TooManyRejectsError
from .product import Reject

REJECTS_FILE = "rejects.csv"
"""Name of the file that keeps them beside a version."""

WARNINGS_FILE = "warnings.csv"
"""Name of the file that keeps what of a product was left out."""

COLUMNS = ("id", "reason", "detail", "file", "row")
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """The most rejects that an ingest accepts: a `count`, or a `share` of all rows in [0, 1]."""

    count: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`20` is a count, `5%` a share.

        Raises:
            ParameterError: neither.
        """
        number, per_cent = text.strip().removesuffix("%"), text.strip().endswith("%")
        try:
            if per_cent and 0 <= float(number) <= 100:
                return cls(share=float(number) / 100)
            if not per_cent and int(number) >= 0:
                return cls(count=int(number))
        except ValueError:
            pass
        raise ParameterError(f"--max-rejects takes a count such as 20 or a share such as 5%; received {text!r}.")

    def check(self, rejects: Sequence[Reject], rows: int) -> None:
        """Do nothing while `rejects` of `rows` are acceptable.

        Raises:
            TooManyRejectsError: with the count of each reason and the first three rejects.
        """
        most = self.count if self.count is not None else int(rows * (self.share or 0.0))
        if len(rejects) <= most:
            return
        reasons = ", ".join(
            f"{count:,} {reason}" for reason, count in Counter(reject.reason for reject in rejects).most_common()
        )
        first = "; ".join(f"{reject.file} row {reject.row}: {reject.detail}" for reject in rejects[:3])
        raise TooManyRejectsError(
            f"{len(rejects):,} of {rows:,} rows are rejected, at most {most:,} are allowed ({reasons}). "
            f"First: {first}. Nothing was published; mend them, or raise --max-rejects."
        )


def write_rejects(rejects: Sequence[Reject]) -> bytes:
    """The content of `rejects.csv`: one reject a row, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for reject in rejects:
        cells = (reject.id, reject.reason, reject.detail, reject.file)
        writer.writerow([*map(_tame, cells), reject.row])
    return text.getvalue().encode("utf-8", "replace")


def read_rejects(content: bytes) -> list[Reject]:
    """The rejects of a `rejects.csv` that `write_rejects` wrote.

    Raises:
        StoreError: it is none.
    """
    text = io.StringIO(content.decode("utf-8", "replace"), newline="")
    try:
        return [
            Reject(_untame(row["id"]), row["reason"], _untame(row["detail"]), _untame(row["file"]), int(row["row"]))
            for row in csv.DictReader(text)
        ]
    except (csv.Error, KeyError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"The version's {REJECTS_FILE} is damaged ({error}). Run `likewise reindex`.") from error


def _tame(value: str) -> str:
    # A spreadsheet would run a cell that begins like a formula, and an id may come from a stranger.
    # Nor does every reader take a bare carriage return for what it is, a part of the cell.
    value = value.replace("\r", "\\r")
    return f"'{value}" if value.startswith(_FORMULA) else value


def _untame(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value
