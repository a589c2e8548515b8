"""What building a version took, kept beside it: by that a later run is foretold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

COSTS_FILE = "costs.json"
"""Name of the file that keeps them beside a version."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of the steps that grow with the catalog, on the machine that took them; 0 where a step is not known.

    Attributes:
        fitted: products that the model was fitted for.
        fit: seconds of that.
        written: products that were placed and written.
        write: seconds of that.
    """

    fitted: int = 0
    fit: float = 0.0
    written: int = 0
    write: float = 0.0

    def fitting(self, products: int) -> float | None:
        """About how many seconds a fit for so many products takes; None where no fit is known."""
        return self.fit * products / self.fitted if self.fitted else None

    def writing(self, products: int) -> float | None:
        """About how many seconds it takes to place and write so many products; None where that is not known."""
        return self.write * products / self.written if self.written else None

    def to_bytes(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read costs; what is damaged is not known."""
        try:
            found = json.loads(data)
            return cls(int(found["fitted"]), float(found["fit"]), int(found["written"]), float(found["write"]))
        except (ValueError, KeyError, TypeError, OverflowError):
            return cls()
