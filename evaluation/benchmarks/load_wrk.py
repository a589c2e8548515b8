"""Requests as fast as connections allow, sent by `wrk`."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from likewise.ingest.errors import ParameterError

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}

_SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
math.randomseed(%d)
request = function() return wrk.format("GET", paths[math.random(#paths)]) end
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a route answered.

    Attributes:
        per_second: requests.
        p50_ms, p99_ms: of their durations.
        failed: answers that were no 2xx, and connections that broke.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def rate(address: str, paths: Sequence[str], *, connections: int = 16, seconds: int = 10, seed: int = 7) -> Rate:
    """Ask for paths at random, over so many connections at once.

    Raises:
        ParameterError: there is no `wrk` here.
    """
    program = shutil.which("wrk")
    if program is None:
        raise ParameterError(
            "The load is made by wrk, which is not here: install the package `wrk` of your system (apt install wrk, "
            "brew install wrk)."
        )
    with tempfile.TemporaryDirectory(prefix="likewise-load-") as folder:
        listed, script = Path(folder) / "paths.txt", Path(folder) / "paths.lua"
        listed.write_text("\n".join(paths) + "\n", "utf-8")
        script.write_text(_SCRIPT % (listed.as_posix(), seed), "utf-8")
        command = [program, f"-c{connections}", "-t1", f"-d{seconds}", "--latency", "-s", str(script), address]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return parse(said)


def parse(said: str) -> Rate:
    """The numbers in what wrk prints.

    Raises:
        ParameterError: they are not there.
    """
    p50, p99 = (re.search(rf"^\s*{share}%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.MULTILINE) for share in (50, 99))
    per_second = re.search(r"^Requests/sec:\s+([\d.]+)", said, re.MULTILINE)
    if p50 is None or p99 is None or per_second is None:
        raise ParameterError(f"wrk said something else than before: {said[-300:]}")
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = (int(wrong[1]) if wrong else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Rate(float(per_second[1]), float(p50[1]) * _UNITS[p50[2]], float(p99[1]) * _UNITS[p99[2]], failed)


def similar(ids: Sequence[str]) -> list[str]:
    """The addresses of searches by these ids."""
    return [f"/v1/similar/{quote(name, safe='')}" for name in ids]
