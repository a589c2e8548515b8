"""Encoders by name, and their fingerprints."""

import subprocess
import sys

import pytest

from likewise.ingest.encoders import (
    EncoderSpec,
    create_encoder,
    encoder_fingerprint,
    encoder_parts,
    leading_encoder,
    resnet50,
)
from likewise.ingest.encoders.base import hash_of_encoder
from likewise.ingest.errors import ParameterError

RESNET50_FP32 = "de0d5402a92f1773"
FINGERPRINTS = {
    ("resnet50", "fp32"): RESNET50_FP32,
    ("resnet50", "bf16"): "233f14b0df4257f5",
    ("resnet50-rich", "fp32"): "7e7f46a44978aa22",
    ("resnet50-rich", "bf16"): "8387d006947c8648",
}
"""If one of these has to change, every index of that encoder has to be encoded anew."""


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


class TestParts:
    def test_of_encoders_that_know_them_without_their_network(self):
        assert encoder_parts("resnet50") == (2048,)
        # Three stages, three layers of the second network, and the colours.
        assert encoder_parts("resnet50-rich") == (2048, 1024, 512, 672, 1152, 1152, 1846)

    def test_of_encoders_whose_network_has_to_be_asked(self):
        assert encoder_parts("torchvision:resnet18") is None

    def test_of_an_unknown_encoder(self):
        with pytest.raises(ParameterError, match="Unknown encoder 'resnet-50'"):
            encoder_parts("resnet-50")


class TestLeading:
    @pytest.mark.parametrize("precision", ["fp32", "bf16"])
    def test_the_rich_encoder_begins_with_the_studys(self, precision):
        rich = EncoderSpec("resnet50-rich", precision, "any", encoder_parts("resnet50-rich"))
        study = EncoderSpec("resnet50", precision, FINGERPRINTS["resnet50", precision], (2048,))
        assert leading_encoder(rich) == study

    @pytest.mark.parametrize("name", ["resnet50", "torchvision:resnet18"])
    def test_others_begin_with_none(self, name):
        assert leading_encoder(EncoderSpec(name, "fp32", "any", (512,))) is None


class TestFingerprint:
    def test_none_has_changed_and_none_needs_torch(self):
        script = (
            "import sys; from likewise.ingest.encoders import encoder_fingerprint\n"
            f"for name, precision in {list(FINGERPRINTS)}: print(encoder_fingerprint(name, precision))\n"
            "print('torch' in sys.modules)"
        )
        command = [sys.executable, "-W", "error", "-c", script]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
        assert printed == [*FINGERPRINTS.values(), "False"]

    def test_every_part_counts(self):
        parts = ("resnet50", "hash", 240, "fp32")
        others = [("resnet18", *parts[1:]), ("resnet50", "other", 240, "fp32"), ("resnet50", "hash", 224, "fp32")]
        others += [("resnet50", "hash", 240, "bf16")]
        different = {hash_of_encoder(*each) for each in (parts, *others)} | {hash_of_encoder(*parts, stages=[3])}
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
