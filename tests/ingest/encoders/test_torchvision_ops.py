"""torchvision can be imported whichever builds of it and of torch stand side by side."""

import os
import subprocess
import sys
from pathlib import Path

from likewise.ingest.encoders.torchvision_ops import declare_missing, import_torchvision

NEEDS_OPERATORS = """
import torch

@torch.library.register_fake("torchvision::nms")
def nms(dets, scores, iou_threshold): ...

@torch.library.register_fake("torchvision::qnms")
def qnms(dets, scores, iou_threshold): ...
"""


def run(script: str, torchvision: str | None = None, folder: Path | None = None) -> list[str]:
    """The lines that a fresh interpreter prints, warnings being errors, with a torchvision of our own if given."""
    environment = dict(os.environ)
    if torchvision is not None:
        (folder / "torchvision").mkdir()
        (folder / "torchvision" / "__init__.py").write_text(torchvision)
        environment["PYTHONPATH"] = str(folder)
    start = "import sys; from likewise.ingest.encoders import torchvision_ops as ops\n"
    command = [sys.executable, "-W", "error", "-c", start + script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_networks_and_transforms_of_the_installed_torchvision_work():
    script = (
        "print('torch' in sys.modules)\n"
        "torchvision = ops.import_torchvision()\n"
        "from torchvision.transforms import v2\n"
        "print(torchvision is ops.import_torchvision(), torchvision.models.resnet18(weights=None).fc.in_features)"
    )
    assert run(script) == ["False", "True", "512"]


def test_nothing_is_done_where_torchvision_imports(tmp_path):
    script = "print(ops.import_torchvision().works, ops._declared, 'torch' in sys.modules)"
    assert run(script, "works = True", tmp_path) == ["True", "[]", "False"]


def test_missing_operators_are_declared(tmp_path):
    script = "print(ops.import_torchvision().nms.__name__, ops.declare_missing())"
    assert run(script, NEEDS_OPERATORS, tmp_path) == ["nms", "[]"]


def test_another_failure_is_passed_on(tmp_path):
    script = (
        "try: ops.import_torchvision()\n"
        "except RuntimeError as error: print(error, ops._declared, 'torch' in sys.modules)"
    )
    assert run(script, "raise RuntimeError('broken')", tmp_path) == ["broken", "[]", "False"]


def test_operators_that_exist_are_left_alone():
    import_torchvision()
    assert declare_missing() == []
