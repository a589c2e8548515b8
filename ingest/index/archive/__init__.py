"""One version of an index in one file, for backups and to move it between a folder and a server.

An opened version comes in and a sealed zip archive goes out, or the other way round into any store, not yet published.
Operators use it through `likewise index export` and `restore`; a file may be a stranger's, and is read that way.
"""

from .archive import export_version, restore_version

__all__ = ["export_version", "restore_version"]
