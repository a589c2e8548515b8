"""The embedded store: a folder with one Qdrant Edge shard a version.

CURRENT                    the published version and, below it, its predecessors, newest first;
                           replaced by an atomic rename
versions/<name>/           manifest.json, model/, shard/, rejects.csv: never written to again
building/<name>/           a version in the making; renamed into versions/ by commit
building/<name>/parts/     of a large one: its points by cluster, in shards without indexes
building/<name>/press/     parts that become a segment of the shard, with its graph and its indexes
embeddings/                features, where release 0.1 kept them; the next run takes them over
lock                       held by the one process that writes; publish.lock and run.lock likewise; each with the
                           holder's process id in a .pid file beside it
"""

from .store import EmbeddedStore

__all__ = ["EmbeddedStore"]
