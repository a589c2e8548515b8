"""Encoders by name, and their fingerprints."""

import subprocess
import sys

import pytest

from likewise.ingest.encoders import resnet50
from likewise.ingest.encoders.base import create_encoder, encoder_fingerprint, fingerprint
from likewise.ingest.errors import ParameterError

RESNET50_FP32 = "de0d5402a92f1773"
"""If this has to change, every index has to be encoded anew."""


class TestNames:
    @pytest.mark.parametrize("name", ["resnet-50", "", "clip:ViT-B-32"])
    def test_an_unknown_encoder_lists_the_known(self, name):
        with pytest.raises(ParameterError, match=r"Unknown encoder .* Known: resnet50, resnet50-rich, torchvision\."):
            create_encoder(name)

    def test_an_unknown_network_names_those_near(self):
        with pytest.raises(ParameterError, match=r"'convnext_tinny'. Near it: convnext_tiny,"):
            create_encoder("torchvision:convnext_tinny")

    def test_networks_for_other_tasks_are_unknown(self):
        with pytest.raises(ParameterError, match="no classification network 'fcos_resnet50_fpn'"):
            create_encoder("torchvision:fcos_resnet50_fpn")

    def test_unknown_weights_list_the_known(self):
        with pytest.raises(ParameterError, match=r"no weights 'IMAGENET'\. Known: IMAGENET1K_V1, IMAGENET1K_V2"):
            create_encoder("torchvision:resnet50:IMAGENET")

    def test_weights_twice(self, tmp_path):
        with pytest.raises(ParameterError, match="Both the weights IMAGENET1K_V2 and a file"):
            create_encoder("torchvision:resnet50:IMAGENET1K_V2", weights_file=tmp_path / "own.pth")

    def test_resnet50_takes_no_other_weights(self, tmp_path):
        for name, file in (("resnet50:IMAGENET1K_V2", None), ("resnet50", tmp_path / "own.pth")):
            with pytest.raises(ParameterError, match="resnet50 has weights of its own; received"):
                create_encoder(name, weights_file=file)

    def test_an_unknown_precision(self):
        with pytest.raises(ParameterError, match=r"Unknown precision 'fp16'\. Known: fp32, bf16"):
            create_encoder("resnet50", precision="fp16")


class TestFingerprint:
    def test_of_resnet50_without_torch(self):
        script = (
            "import sys; from likewise.ingest.encoders.base import encoder_fingerprint as f\n"
            "print(f('resnet50'), f('resnet50', 'bf16'), 'torch' in sys.modules)"
        )
        command = [sys.executable, "-W", "error", "-c", script]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
        assert printed == [RESNET50_FP32, encoder_fingerprint("resnet50", "bf16"), "False"]
        assert printed[1] != RESNET50_FP32

    def test_every_part_counts(self):
        parts = ("resnet50", "hash", 240, "fp32")
        others = [("resnet18", *parts[1:]), ("resnet50", "other", 240, "fp32"), ("resnet50", "hash", 224, "fp32")]
        others += [("resnet50", "hash", 240, "bf16")]
        different = {fingerprint(*each) for each in (parts, *others)} | {fingerprint(*parts, stages=[3])}
        assert len(different) == 6

    def test_stages_count(self):
        different = {resnet50.stages_fingerprint(stages, "fp32") for stages in ((4,), (3, 4), (4, 3))}
        assert len(different) == 3
        assert RESNET50_FP32 in different

    def test_published_weights_count_without_fetching_them(self):
        different = {
            encoder_fingerprint(f"torchvision:resnet50{weights}") for weights in (":IMAGENET1K_V1", ":IMAGENET1K_V2")
        }
        assert len(different) == 2
        assert encoder_fingerprint("torchvision:resnet50") in different
