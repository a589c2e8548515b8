"""The alias of an index: which version searches read, and which they read before."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from qdrant_client import models

from ....errors import NotFoundError, StoreError
from .collections import Collections, is_version
from .index_files import IndexFiles
from .lease import Lease


class Alias:
    """The current version of the index `name`.

    Args:
        name: of the index, and of its alias.
        index_files: the collection that keeps the history.
        collections: of the versions.
        lease: the right to publish.
    """

    def __init__(self, name: str, index_files: IndexFiles, collections: Collections, lease: Lease) -> None:
        self._name = name
        self._connection = index_files.connection
        self._index_files = index_files
        self._collections = collections
        self._lease = lease

    def publish(self, version: str) -> None:
        """Make a committed version current: the alias is switched in one step."""
        with self._lease.held():
            self._collections.committed(version)
            # First the history: until the alias follows, it is read from the current version on.
            self._index_files.write_history([version, *(name for name in self.history() if name != version)])
            self._switch(version)

    def rollback(self) -> str:
        """Publish the version that was current before."""
        with self._lease.held():
            for name in self.history()[1:]:
                with suppress(NotFoundError):
                    self._collections.committed(name)
                    self._switch(name)
                    return name
            raise NotFoundError(
                f"No version of {self._connection.where} was published before {self.current() or 'any other'}."
            )

    def current(self) -> str | None:
        """Name of the current version."""
        aliases = self._connection.read(lambda client: client.get_aliases()).aliases
        for alias in aliases:
            if alias.alias_name == self._name:
                prefix, _, version = alias.collection_name.rpartition(".")
                if prefix != self._name or not is_version(version):
                    raise StoreError(
                        f"The alias {self._name!r} of {self._connection.where} leads to the collection "
                        f"{alias.collection_name!r}, which is not ours. Choose another name for the index."
                    )
                return version
        return None

    def claim(self) -> None:
        """Make sure that the alias can be made, before anything is written that waits for it.

        Raises:
            StoreError: the name is that of a collection, or of an alias of another one.
        """
        if self.current() is not None:
            return
        listed = self._connection.read(lambda client: client.get_collections()).collections
        if any(found.name == self._name for found in listed):
            raise StoreError(
                f"{self._connection.where}: there is a collection {self._name!r} already, which is not an index of "
                "Likewise. Choose another name for the index."
            )

    def history(self) -> list[str]:
        """Published versions, newest first; some may be deleted by now."""
        current = self.current()
        history = self._index_files.history()
        if current is None:
            return []
        return history[history.index(current) :] if current in history else [current, *history]

    def _switch(self, version: str) -> None:
        self._lease.check()
        switch: list[Any] = []
        if self.current() is not None:
            switch.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._name)))
        create = models.CreateAlias(collection_name=self._collections.of(version), alias_name=self._name)
        switch.append(models.CreateAliasOperation(create_alias=create))
        right = f"manage the alias {self._name}"
        self._connection.write(lambda client: client.update_collection_aliases(switch), right=right)
        deadline = time.monotonic() + self._connection.options.lag
        while self.current() != version and time.monotonic() < deadline:
            time.sleep(0.1)
