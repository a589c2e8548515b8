"""How the service is set up; whoever starts it decides, no visitor does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from likewise.ingest.catalog import OURS, Schema
from likewise.ingest.errors import ParameterError

from .uploads import UploadLimits


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is set up.

    Attributes:
        name: of the shop, for the page.
        refresh: seconds between two looks for another current version.
        direct: short searches are answered on the thread that reads requests; for a store that answers without a round
            trip.
        where: conditions that every product meets that is shown, whatever a visitor asks for.
        hide: payload keys that nobody is shown, and nobody can filter by.
        token: what a request has to bear, empty for none; health and readiness are open.
        cors: origins whose pages may ask, such as https://shop.example; `*` stands for all.
        prefix: path below which a proxy shows the service, such as `/likewise`.
        timeout: seconds that a request may take, not counting the arrival of its body.
        max_in_flight: requests that are answered at once; further ones are told to come back.
        catalog: folder that pictures are read from, instead of the one of the ingest.
        uploads: limits of the pictures that arrive.
        batch: most pictures that are encoded together.
        remembered: bytes for the features of recent pictures.
        thumbnails: bytes for recent thumbnails.
        answers: bytes for recent answers to searches by id, which a version gives again and again.

    Raises:
        ParameterError: a prefix, an origin or a token that cannot work.
    """

    name: str = ""
    refresh: float = 10.0
    direct: bool = False
    where: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    cors: tuple[str, ...] = ()
    prefix: str = ""
    timeout: float = 30.0
    max_in_flight: int = 256
    catalog: Path | None = None
    uploads: UploadLimits = field(default_factory=UploadLimits)
    batch: int = 16
    remembered: int = 64 * 2**20
    thumbnails: int = 64 * 2**20
    answers: int = 32 * 2**20

    def __post_init__(self) -> None:
        prefix = self.prefix.rstrip("/")
        if prefix and (not prefix.startswith("/") or any(each in prefix for each in "?#\\ ") or "//" in prefix):
            raise ParameterError(f"--prefix is a path such as /likewise; received {self.prefix!r}.")
        object.__setattr__(self, "prefix", prefix)
        for origin in self.cors:
            scheme, _, host = origin.partition("://")
            if origin != "*" and (scheme not in ("http", "https") or not host or "/" in host):
                raise ParameterError(f"--cors takes an origin such as https://shop.example; received {origin!r}.")
        if self.token and not (self.token.isascii() and self.token.isprintable() and " " not in self.token):
            raise ParameterError("--token takes printable ASCII characters without spaces.")

    def check(self, schema: Schema) -> None:
        """Do nothing for an index of this schema.

        Raises:
            ParameterError: a column that is to be hidden does not exist: misspelt, it would be seen. Or it is none that
                can be hidden: ids name products, and clusters are on the map.
        """
        known = {*schema.names, *(schema.key(ours) for ours in OURS)} - {schema.key("id"), schema.key("cluster")}
        for name in self.hide:
            if name not in known:
                raise ParameterError(f"--hide {name}: there is no such column. Known: {', '.join(sorted(known))}.")

    @property
    def shown(self) -> str:
        """What stands for the settings that decide on what visitors see; equal for equal ones."""
        said = json.dumps([self.name, self.where, sorted(self.hide), str(self.catalog or "")])
        return hashlib.sha256(said.encode()).hexdigest()[:12]
