"""The machine that figures were taken on, in a line that can be read beside them."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from likewise.ingest.index import library_versions
from likewise.ingest.threads import thread_count

TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
"""Flags of a processor by which the speed of networks differs most."""


def describe_machine() -> str:
    """Processor, what it computes in, threads, memory, Python and libraries."""
    model, flags = platform.processor() or platform.machine(), set()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        facts = dict(line.split(":", 1) for line in cpuinfo.read_text("utf-8").splitlines() if ":" in line)
        known = {name.strip(): value.strip() for name, value in facts.items()}
        model, flags = known.get("model name", model), set(known.get("flags", "").split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{model}, {thread_count()} threads, {memory:.0f} GiB",
        "with " + (", ".join(flag for flag in TELLING if flag in flags) or "no vector instructions that matter here"),
        f"{platform.system()}, Python {platform.python_version()}",
        ", ".join(f"{name} {version}" for name, version in library_versions().items()),
    ]
    return "; ".join(parts)
