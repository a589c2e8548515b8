"""What a benchmark found and on which machine, in a file that a later run adds to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .machine import describe_machine


def keep(path: Path, found: Iterable[Any]) -> None:
    """Write everything that was found, instances of a dataclass, and the machine that this is."""
    kept = {"machine": describe_machine(), "found": [asdict(each) for each in found]}
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def found_in(path: Path) -> list[dict[str, Any]]:
    """What earlier runs have left; nothing where there was none."""
    return list(json.loads(path.read_text("utf-8"))["found"]) if path.is_file() else []


def machine_of(path: Path) -> str:
    """The machine of the last run."""
    return str(json.loads(path.read_text("utf-8"))["machine"])
