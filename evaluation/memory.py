"""How much memory a process took."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mib() -> float:
    """Peak resident memory of this process in MiB.

    On Linux from the kernel's own account of the process: `ru_maxrss` of a process that was started by a large one
    begins at the peak of its parent.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
