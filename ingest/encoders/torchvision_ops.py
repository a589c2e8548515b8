"""torchvision beside a CPU-only torch.

torchvision's wheels for Linux are built for CUDA. Beside a CPU build of torch their operators do not load, and
`import torchvision` fails where it describes two of them to the compiler. We need its networks only, not its
operators; so these two are declared (not implemented) where they are missing.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

_OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_declared: list[Any] = []
"""Declarations live as long as the library object that made them."""


@cache
def import_torchvision() -> ModuleType:
    """The module `torchvision`, whichever builds of torch and torchvision stand side by side.

    Raises:
        ImportError: torchvision is not installed.
        RuntimeError: it fails for another reason than missing operators.
    """
    # Tried first: only torchvision itself can tell whether its operators load beside this torch.
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        declare_missing()
        import torchvision
    module: ModuleType = torchvision
    return module


def declare_missing() -> list[str]:
    """Declare those of the two operators that do not exist; returns their names."""
    import torch

    missing = [name for name in _OPERATORS if not hasattr(torch.ops.torchvision, name)]
    if missing:
        library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in missing:
            library.define(_OPERATORS[name])
        _declared.append(library)
    return missing
