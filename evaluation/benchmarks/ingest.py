"""Does an ingest encode as fast as a plain eager PyTorch loop over the same images?

The loop is what a reader of the study would write: open, resize, stack, forward, one batch after the other,
with torchvision's unmodified network in eager mode. Rounds alternate, so that a drift of the machine's speed
meets both sides.
"""

from __future__ import annotations

import dataclasses
import io
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from likewise.ingest.catalog import Product, read_catalog
from likewise.ingest.encoders import create_encoder
from likewise.ingest.features import FeatureCache, encode_catalog
from likewise.ingest.progress import Silent

_SIDE = 240


@dataclass(frozen=True, slots=True)
class IngestSpeed:
    """Images per second of both sides, medians over the rounds, and the median of the rounds' ratios."""

    images: int
    likewise: float
    eager_loop: float
    ratio: float


def measure(catalog: Path, *, images: int = 256, rounds: int = 3, batch_size: int = 32) -> IngestSpeed:
    """Encode the first `images` products of a catalog by both ways, in alternation."""
    whole = read_catalog(catalog)
    products = whole.products[:images]
    some = dataclasses.replace(whole, products=products)
    encoder = create_encoder("resnet50")
    eager = EagerLoop()
    ours, theirs = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            cache = FeatureCache(Path(folder), encoder.spec)
            begin = time.perf_counter()
            encode_catalog(some, encoder, cache, batch_size=batch_size, progress=Silent())
            ours.append(len(products) / (time.perf_counter() - begin))
        begin = time.perf_counter()
        eager.run(products, batch_size)
        theirs.append(len(products) / (time.perf_counter() - begin))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return IngestSpeed(len(products), statistics.median(ours), statistics.median(theirs), statistics.median(ratios))


class EagerLoop:
    """ResNet-50 as torchvision ships it, without fused layers, channels-last or overlapped decoding."""

    def __init__(self) -> None:
        from likewise.ingest.encoders.torchvision_ops import import_torchvision

        torchvision = import_torchvision()
        self._network = torchvision.models.resnet50(weights=None).eval()
        self._network.fc = __import__("torch").nn.Identity()

    def run(self, products: Sequence[Product], batch_size: int) -> None:
        """Encode all products, discarding the vectors."""
        import torch

        with torch.no_grad():
            for start in range(0, len(products), batch_size):
                batch = [_pixels(product.pictures[0].read()) for product in products[start : start + batch_size]]
                self._network(torch.from_numpy(np.stack(batch)))


def _pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        resized = image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return (np.asarray(resized, np.float32) / 255.0).transpose(2, 0, 1)
