"""What a fitted model can be asked for beyond index vectors and clusters; declared, never guessed from its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a reducer learned to do.

    Attributes:
        predicts: attributes whose values it tells from a picture; the vectors in the store carry them too.
        prior: weight of these attributes in a search that names none; None where vectors carry none.
        threshold: score of the best hit below which a search finds nothing like the query, at `prior`; None where
            nothing was calibrated.
        held_back: pictures with a content hash (hexadecimal) up to this one were not fitted on; empty where all may
            have been. It matters to what learned attributes: nothing else has seen what it is scored by.
    """

    predicts: tuple[str, ...] = ()
    prior: float | None = None
    threshold: float | None = None
    held_back: str = ""

    def unseen(self, content: str) -> bool:
        """Whether no attribute of a product with this picture was learned from."""
        return not self.predicts or content <= self.held_back

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "predicts": list(self.predicts),
            "prior": self.prior,
            "threshold": self.threshold,
            "held_back": self.held_back,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Take `to_dict()` back.

        Raises:
            KeyError, TypeError, ValueError: not capabilities.
        """
        prior, threshold = (None if data[name] is None else float(data[name]) for name in ("prior", "threshold"))
        if prior is not None and not 0 <= prior <= 1:
            raise ValueError(f"prior is {prior}, not a weight between 0 and 1")
        return cls(tuple(map(str, data["predicts"])), prior, threshold, str(data.get("held_back", "")))
