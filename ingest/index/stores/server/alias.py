"""Which version searches read, and which they read before.

An alias leads to a collection, whose metadata names the version of it that was published last. Within a collection that
name is moved; between collections the alias is, after the name.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from qdrant_client import models

from ....errors import NotFoundError, StoreError
from .collections import Collections, Place
from .index_files import IndexFiles
from .lease import Lease
from .metadata import is_version, set_metadata


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
        """Make a committed version current: one pointer is moved, in one step."""
        with self._lease.held():
            place = self._collections.find(version)
            # First the history: until the pointer follows, it is read from the current version on.
            self._index_files.write_history([version, *(name for name in self.history() if name != version)])
            self._point(place)

    def rollback(self) -> str:
        """Publish the version that was current before."""
        with self._lease.held():
            for name in self.history()[1:]:
                with suppress(NotFoundError):
                    self._point(self._collections.find(name))
                    return name
            raise NotFoundError(
                f"No version of {self._connection.where} was published before {self.current() or 'any other'}."
            )

    def current(self) -> str | None:
        """Name of the current version."""
        generation = self.generation()
        if generation is None:
            return None
        published = self._collections.metadata(generation).get("published", generation)
        if not isinstance(published, str) or not is_version(published):
            raise StoreError(
                f"{self._connection.where}: {self._collections.of(generation)} names {str(published)[:80]!r} as "
                "published, which is no version. Publish one again."
            )
        return published

    def generation(self) -> str | None:
        """The version that the collection is named after to which the alias leads."""
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
        if self.generation() is not None:
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

    def _point(self, place: Place) -> None:
        self._lease.check()
        # While the alias leads elsewhere, nobody reads this.
        if place.view.number is not None:
            set_metadata(self._connection, place.collection, {"published": place.version})
        if self.generation() != place.generation:
            self._switch(place.collection)
        deadline = time.monotonic() + self._connection.options.lag
        while self.current() != place.version and time.monotonic() < deadline:
            time.sleep(0.1)

    def _switch(self, collection: str) -> None:
        self._lease.check()
        switch: list[Any] = []
        if self.generation() is not None:
            switch.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._name)))
        create = models.CreateAlias(collection_name=collection, alias_name=self._name)
        switch.append(models.CreateAliasOperation(create_alias=create))
        right = f"manage the alias {self._name}"
        self._connection.write(lambda client: client.update_collection_aliases(switch), right=right)
