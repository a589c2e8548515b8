"""How much memory a process took."""

from __future__ import annotations


def peak_mib() -> float:
    """Peak resident memory of this process in MiB; only where the operating system counts it as Linux does."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
