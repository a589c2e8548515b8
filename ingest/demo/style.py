"""What a drawn product is made of, whatever article it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Colour, Pixels
from .patterns import cloth


@dataclass(frozen=True, slots=True)
class Style:
    """Colour, second colour, pattern and wearer of one product."""

    colour: Colour
    accent: Colour
    pattern: str
    gender: str = ""

    def cloth(self, rng: np.random.Generator) -> Pixels:
        """A piece of its cloth."""
        return cloth(self.pattern, self.colour, self.accent, rng)
