"""How many rejects are too many, and how they are written down."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from ..errors import ParameterError, StoreError, TooManyRejectsError
from .product import LEFT_EMPTY, Reject

REJECTS_FILE = "rejects.csv"
"""Name of the file that keeps them beside a version."""

WARNINGS_FILE = "warnings.csv"
"""Name of the file that keeps what of a product was left out."""

LISTED = 5_000
"""Rejects of one reason, and warnings of one reason and column, that are written down; of more, the number."""

UNLISTED = "not-listed"
"""Reason in the last line, which says of how many."""

COLUMNS = ("id", "reason", "detail", "file", "row")
_NUMBER = re.compile(r"([\d,]+) ([\w-]+)(?:, |$)")
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
        reasons = _numbers(count_reasons(rejects))
        first = "; ".join(f"{reject.file} row {reject.row}: {reject.detail}" for reject in rejects[:3])
        raise TooManyRejectsError(
            f"{len(rejects):,} of {rows:,} rows are rejected, at most {most:,} are allowed ({reasons}). "
            f"First: {first}. Nothing was published; mend them, or raise --max-rejects."
        )


def count_reasons(rejects: Iterable[Reject]) -> Counter[str]:
    """Number of rejects by reason, also of those that a last line stands for."""
    counts: Counter[str] = Counter()
    for reject in rejects:
        if reject.reason == UNLISTED:
            counts.update(_unlisted(reject))
        else:
            counts[reject.reason] += 1
    return counts


def write_rejects(rejects: Iterable[Reject]) -> bytes:
    """The content of `rejects.csv`: one reject a row, safe to open in a spreadsheet.

    Of each reason the first `LISTED`; where there are more, the last line says how many.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    seen: Counter[tuple[str, str]] = Counter()
    more: Counter[str] = Counter()
    file = ""
    for reject in rejects:
        kind = (reject.reason, reject.detail.partition(LEFT_EMPTY)[0] if LEFT_EMPTY in reject.detail else "")
        seen[kind] += 1
        if reject.reason == UNLISTED:
            more.update(_unlisted(reject))
        elif seen[kind] > LISTED:
            more[reject.reason] += 1
        else:
            cells = (reject.id, reject.reason, reject.detail, reject.file)
            writer.writerow([*map(_tame, cells), reject.row])
            continue
        file = reject.file
    if more:
        writer.writerow(["", UNLISTED, f"{more.total():,} more: {_numbers(more)}", _tame(file), 0])
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


def _numbers(reasons: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())


def _unlisted(reject: Reject) -> dict[str, int]:
    """Reason to the number of rejects that a last line stands for."""
    _, _, numbers = reject.detail.partition(": ")
    return {reason: int(count.replace(",", "")) for count, reason in _NUMBER.findall(numbers)}


def _tame(value: str) -> str:
    # A spreadsheet would run a cell that begins like a formula, and an id may come from a stranger.
    # Nor does every reader take a bare carriage return for what it is, a part of the cell.
    value = value.replace("\r", "\\r")
    return f"'{value}" if value.startswith(_FORMULA) else value


def _untame(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value
