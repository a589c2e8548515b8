"""Pretrained weights, verified before they are used.

A published network or your own checkpoint comes in; its tensors go out, checked against a known SHA-256 or against the
network that they are for. Only encoders use them.
"""

from .checkpoints import file_sha256, fit_state, read_state
from .efficientnet import LITE1_SHA256, LITE1_WIDTHS, efficientnet_lite1
from .resnet50 import RESNET50_SHA256, original_resnet50
from .resnet50_layout import Tensors

__all__ = [
    "LITE1_SHA256",
    "LITE1_WIDTHS",
    "RESNET50_SHA256",
    "Tensors",
    "efficientnet_lite1",
    "file_sha256",
    "fit_state",
    "original_resnet50",
    "read_state",
]
