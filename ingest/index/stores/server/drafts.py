"""Where a version is written: beside the versions that share its model, or into a collection of its own."""

from __future__ import annotations

import uuid

from ....model import Model
from ...manifest import Manifest
from .alias import Alias
from .collections import Collections, Place
from .connection import READ
from .index_files import IndexFiles, check_table
from .lease import Lease
from .manifests import read_manifest
from .metadata import number_of, set_metadata
from .view import View
from .writer import Draft

MAX_SHARE = 0.2
"""Most of a version that is written as a difference; beyond, a copy costs about as much and leaves nothing unseen."""

MAX_UNSEEN = 0.5
"""Most points that a version does not see, as a share of those that it sees: searches step over them."""


class Drafts:
    """Begins versions; whoever calls holds the right to write.

    Args:
        index_files: the collection of files.
        collections: of the versions.
        alias: what searches read.
        publishing: the right to publish.
    """

    def __init__(self, index_files: IndexFiles, collections: Collections, alias: Alias, publishing: Lease) -> None:
        self._connection = index_files.connection
        self._index_files = index_files
        self._collections = collections
        self._alias = alias
        self._publishing = publishing

    def beside(self, parent: str, manifest: Manifest, share: float) -> Draft | None:
        """The difference to a version, in its collection; None where that does not do.

        What later versions have brought into the collection is removed first: unfinished or refused ones, and those
        that were rolled back.
        """
        place = self._collections.find(parent)
        if place.view.number is None or share > MAX_SHARE or not self._fits(place, manifest):
            return None
        with self._publishing.held():
            here = self._alias.generation() == place.generation
            if here and number_of(self._alias.current() or parent) > number_of(parent):
                # A later version is being read: its points may not go.
                return None
            self._collections.go_back(place)
        number = self._number()
        set_metadata(self._connection, place.collection, {"writing": _name(number)})
        files = check_table(place.entry.get("files"), f"{self._connection.where}, {parent}")
        return Draft(
            _name(number),
            place.generation,
            place.collection,
            files=files,
            view=View(number, manifest.schema.key("id"), manifest.several),
        )

    def alone(self, manifest: Manifest, model: Model, build: str | None) -> Draft:
        """A collection of its own.

        Args:
            manifest: what the version will be.
            model: what places its products.
            build: identifies what will be written, see `build_id`; an interrupted upload of it goes on.
        """
        build = build or uuid.uuid4().hex
        resumed, left = self._collections.claim(build, [*self._alias.history(), self._alias.generation()])
        for name in left:
            self.drop(name)
        version = resumed or _name(self._number())
        # Also for one that is resumed: its maker may have died between the collection and its indexes.
        self._collections.create(version, build, manifest)
        view = View(None, manifest.schema.key("id"), manifest.several)
        return Draft(version, version, self._collections.of(version), model, view=view, resumed=resumed is not None)

    def drop(self, generation: str) -> None:
        """Delete a collection and its files."""
        # The files first: as long as the collection is there, whoever comes next knows that they have to go.
        self._index_files.keep_only(generation, [])
        self._collections.drop(generation)

    def _fits(self, place: Place, manifest: Manifest) -> bool:
        """Whether the collection is one that the version's points can be put into."""
        old = read_manifest(self._index_files, self._collections, place)
        alike = all(
            ours == theirs
            for ours, theirs in (
                (manifest.model_hash, old.model_hash),
                (manifest.layout, old.layout),
                (manifest.several, old.several),
                (manifest.schema.indexes, old.schema.indexes),
                (manifest.schema.key("id"), old.schema.key("id")),
            )
        )
        held = self._connection.write(lambda client: client.count(place.collection, exact=True), right=READ).count
        return alike and held <= (1 + MAX_UNSEEN) * old.products

    def _number(self) -> int:
        return self._index_files.next_number(map(number_of, self._collections.names()))


def _name(number: int) -> str:
    return f"v{number:06d}"
