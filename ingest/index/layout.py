"""How a server lays out what is created on it; a folder has no such choice."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..errors import ParameterError

QUANTIZATIONS = ("none", "int8")


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a version's collection; kept with the version, so that the next one is laid out alike.

    Attributes:
        shards: of the collection; fixed when it is created. None: the server's default.
        replication_factor: copies of every shard; at least 2 wants three nodes.
        write_consistency: copies that must confirm a write.
        on_disk: keep vectors on disk instead of in memory.
        quantization: `int8` keeps a quarter of every vector in memory and rescores with the whole one.
    """

    shards: int | None = None
    replication_factor: int | None = None
    write_consistency: int | None = None
    on_disk: bool = False
    quantization: str = "none"

    def __post_init__(self) -> None:
        for name in ("shards", "replication_factor", "write_consistency"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise ParameterError(f"{name} is {value!r}, not a number above 0.")
        if self.quantization not in QUANTIZATIONS:
            raise ParameterError(f"Unknown quantization {self.quantization!r}. Known: {', '.join(QUANTIZATIONS)}.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Take `to_dict()` back.

        Raises:
            TypeError, ParameterError: not a layout.
        """
        return cls(**data)
