"""How others encode a catalog with ResNet-50: one picture after the other, in batches, with a DataLoader."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from likewise.ingest.arrays import Float
from likewise.ingest.images import Picture
from likewise.ingest.threads import thread_count

if TYPE_CHECKING:
    import torch

SIDE = 240
BATCH = 32

EAGER = "batched eager loop, fp32"
"""What the ratios are of."""

Way = Callable[[Sequence[Picture]], None]
"""Encodes pictures and forgets their features."""


def rivals() -> Mapping[str, Way]:
    """Each way by its name. All take torchvision's unmodified network in eager mode, in single precision."""
    network = _network()
    return {
        "one picture at a time, fp32": lambda pictures: _one_at_a_time(network, pictures),
        EAGER: lambda pictures: _batched(network, pictures),
        f"DataLoader of {thread_count()} workers, fp32": lambda pictures: _data_loader(network, pictures),
    }


def _network() -> torch.nn.Module:
    import torch

    from likewise.ingest.encoders.torchvision_ops import import_torchvision

    network: torch.nn.Module = import_torchvision().models.resnet50(weights=None).eval()
    network.fc = torch.nn.Identity()
    return network


def _pixels(picture: Picture) -> Float:
    with Image.open(io.BytesIO(picture.read())) as image:
        resized = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return (np.asarray(resized, np.float32) / 255.0).transpose(2, 0, 1)


def _one_at_a_time(network: torch.nn.Module, pictures: Sequence[Picture]) -> None:
    import torch

    with torch.no_grad():
        for picture in pictures:
            network(torch.from_numpy(_pixels(picture)[None]))


def _batched(network: torch.nn.Module, pictures: Sequence[Picture]) -> None:
    import torch

    with torch.no_grad():
        for start in range(0, len(pictures), BATCH):
            network(torch.from_numpy(np.stack([_pixels(picture) for picture in pictures[start : start + BATCH]])))


class _Pictures:
    """What a DataLoader asks for: a length, and an item by its number."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, at: int) -> Float:
        return _pixels(self._pictures[at])


def _data_loader(network: torch.nn.Module, pictures: Sequence[Picture]) -> None:
    import torch
    from torch.utils.data import DataLoader

    # It asks for a length and for items, which its type does not say.
    numbered: Any = _Pictures(pictures)
    loader: Any = DataLoader(numbered, BATCH, num_workers=thread_count())
    with torch.no_grad():
        for batch in loader:
            network(batch)
