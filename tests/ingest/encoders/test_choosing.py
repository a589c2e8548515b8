"""What `auto` chooses."""

import pytest

from likewise.ingest.encoders import UndecidedEncoder, choose_precision, choosing, encoder_parts, processor

VNNI, BF16 = {"avx512_vnni": True}, {"avx512_bf16": True}


@pytest.mark.parametrize(
    ("found", "pictures", "quantizable", "chosen"),
    [
        ({}, 44_000, True, "fp32"),
        ({"avx512_vnni": False, "amx_bf16": False}, 44_000, True, "fp32"),
        (VNNI, 44_000, True, "int8"),
        ({"avx_vnni": True}, 44_000, True, "int8"),
        (VNNI | BF16, 44_000, True, "int8"),
        # Nothing quantizes here, or the calibration would take longer than it saves.
        (VNNI | BF16, 44_000, False, "bf16"),
        (VNNI | BF16, 100, True, "bf16"),
        (VNNI, 100, True, "fp32"),
        ({"amx_bf16": True}, 100, False, "bf16"),
        (VNNI | BF16 | {"cuda": True}, 44_000, True, "bf16"),
    ],
)
def test_the_fastest_that_is_worth_it(found, pictures, quantizable, chosen):
    precision, why = choose_precision(pictures, quantizable=quantizable, found=found)
    assert precision == chosen
    assert why


def test_the_processor_is_known():
    assert {"architecture", "cuda"} <= processor().keys()


def test_only_encoders_that_it_was_measured_on_are_quantized_unasked(monkeypatch):
    monkeypatch.setattr(choosing, "can_calibrate", lambda: True)
    assert UndecidedEncoder("resnet50-rich", "auto").quantizable
    assert not UndecidedEncoder("torchvision:resnet18", "auto").quantizable
    monkeypatch.setattr(choosing, "can_calibrate", lambda: False)
    assert not UndecidedEncoder("resnet50-rich", "auto").quantizable


def test_an_encoder_that_is_not_decided_on_is_like_no_other():
    spec = UndecidedEncoder("resnet50-rich", "int8").spec
    assert (spec.name, spec.precision, spec.fingerprint, spec.parts) == (
        "resnet50-rich",
        "int8",
        "",
        encoder_parts("resnet50-rich"),
    )
