"""Colours by the names that shops give them."""

from __future__ import annotations

from .canvas import Colour

CLOTH: dict[str, Colour] = {
    "Black": (34, 34, 38),
    "White": (244, 244, 240),
    "Grey": (138, 140, 146),
    "Navy Blue": (30, 42, 88),
    "Blue": (52, 104, 196),
    "Red": (196, 36, 44),
    "Maroon": (112, 26, 40),
    "Green": (44, 132, 76),
    "Olive": (108, 110, 56),
    "Yellow": (238, 198, 58),
    "Pink": (236, 136, 168),
    "Purple": (112, 66, 150),
    "Brown": (108, 70, 44),
    "Beige": (218, 198, 164),
    "Orange": (234, 122, 40),
}

COVERS: dict[str, Colour] = {
    "grey": (138, 140, 146),
    "blue": (44, 88, 156),
    "green": (58, 112, 82),
    "mustard": (212, 164, 52),
    "rust": (176, 84, 48),
    "cream": (226, 216, 196),
    "pink": (214, 150, 158),
}

WOODS: dict[str, Colour] = {
    "oak": (196, 152, 100),
    "walnut": (104, 68, 44),
    "birch": (222, 194, 152),
    "black": (52, 48, 46),
}

GLAZES: dict[str, Colour] = {
    "white": (240, 238, 230),
    "cobalt": (36, 70, 158),
    "celadon": (140, 182, 156),
    "terracotta": (188, 98, 62),
    "slate": (74, 84, 94),
    "ochre": (206, 158, 70),
}
