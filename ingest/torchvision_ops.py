"""torchvision beside a CPU-only torch.

torchvision's Linux wheels are built for CUDA. Beside a CPU build of torch their operators do not load, and
`import torchvision` fails where it registers fake versions of two of them. We need none of its operators,
only models; so the two are declared where they are missing.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

_OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_libraries: list[Any] = []
"""Declarations live as long as their library object."""


@cache
def import_torchvision() -> ModuleType:
    """The module `torchvision`, importable whatever the build of torch is."""
    import torch

    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        _libraries.append(library)
        for name, signature in _OPERATORS.items():
            if not hasattr(torch.ops.torchvision, name):
                library.define(signature)
        import torchvision
    module: ModuleType = torchvision
    return module
