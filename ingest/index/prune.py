"""Which versions may go."""

from __future__ import annotations

from .stores import Store


def prune_versions(store: Store, keep: int) -> list[str]:
    """Delete old versions; returns their names.

    The last `keep` published versions stay, so that there is something to roll back to however many versions
    were refused since, and so does the newest version, which may be waiting for a decision.
    """
    store.sweep()
    found = [version.name for version in store.versions()]
    there = [name for name in store.history() if name in found]
    stay = {*there[:keep], *found[-1:]}
    doomed = [name for name in found if name not in stay]
    for name in doomed:
        store.delete(name)
    return doomed
