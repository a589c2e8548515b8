"""The encoder of a new index, once its catalog is known: its precision, and a network calibrated on its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING

from .catalog import Catalog
from .encoders import (
    AUTO,
    CALIBRATION,
    MEASURED,
    Encoder,
    QuantizedEncoder,
    UndecidedEncoder,
    choose_precision,
    open_encoder,
    processor,
)
from .errors import ImageError, ParameterError
from .features import keep_calibration, kept_calibration
from .images import DECODE_SIDE, content_hash, open_image
from .progress import Progress

if TYPE_CHECKING:
    from PIL import Image

SPARE = 2
"""Products that are looked at for every picture that is needed: some have none, or the same."""


def decided(encoder: Encoder, catalog: Catalog, cache: Path, progress: Progress) -> Encoder:
    """The encoder of a run: itself, unless a new index leaves open which it is.

    A calibration takes the pictures of those products whose ids have the smallest hashes: the same ones tomorrow, but
    for what comes and goes.

    Args:
        encoder: of the run.
        catalog: that was read.
        cache: folder of features, where calibrations are kept.
        progress: told about the choice, and about the calibration.

    Raises:
        IncompatibleError: int8 needs what is not installed.
        ParameterError: no picture to calibrate with, or one that int8 does not suit.
    """
    if not isinstance(encoder, UndecidedEncoder):
        return encoder
    precision = encoder.precision
    if precision == AUTO:
        precision, why = choose_precision(len(catalog.products), quantizable=encoder.quantizable, found=processor())
        with progress.stage(f"choose {precision}: {why}"):
            pass
    return calibrated(encoder, catalog, cache, progress) if precision == "int8" else encoder.in_precision(precision)


def calibrated(encoder: UndecidedEncoder, catalog: Catalog, cache: Path, progress: Progress) -> Encoder:
    """The encoder in int8, calibrated on a catalog or as it was the last time; raises as `decided`."""
    with progress.stage("calibrate int8"):
        found = dict(_pictures(catalog, CALIBRATION + MEASURED))
        if not found:
            raise ParameterError("No picture of the catalog can be read, and --precision int8 is calibrated on some.")
        key = encoder.key(list(found))
        kept = kept_calibration(cache, key)
        if kept is not None:
            return open_encoder(kept)
        pictures = list(found.values())
        # A small catalog is calibrated on most of its pictures, a single picture on itself.
        measured = max(1, min(MEASURED, len(pictures) // 4))
        made: QuantizedEncoder = encoder.calibrated(pictures[:-measured] or pictures, pictures[-measured:])
        keep_calibration(cache, key, made.spec, made.network)
        return made


def _pictures(catalog: Catalog, most: int) -> Iterator[tuple[str, Image.Image]]:
    chosen = nsmallest(SPARE * most, catalog.products, key=lambda product: hashlib.sha256(product.id.encode()).digest())
    seen: set[str] = set()
    for product in chosen:
        if len(seen) == most:
            return
        try:
            data = product.pictures[0].read()
            picture = open_image(data, side=DECODE_SIDE)
        except ImageError:
            continue
        if (content := content_hash(data)) not in seen:
            seen.add(content)
            yield content, picture
