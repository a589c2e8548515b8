"""The identity of an encoder survives JSON, also that of an earlier release."""

import json

import pytest

from likewise.ingest.encoders import EncoderSpec

SPEC = EncoderSpec("resnet50-rich", "bf16", "8387d006947c8648", (2048, 1024))


def test_it_survives_json():
    data = json.loads(json.dumps(SPEC.to_dict()))
    assert EncoderSpec.from_dict(data) == SPEC
    assert data["dim"] == SPEC.dim == 3072


def test_a_release_without_parts_and_runtime():
    data = {"name": "resnet50", "precision": "fp32", "fingerprint": "de0d5402a92f1773", "dim": 2048}
    spec = EncoderSpec.from_dict(data)
    assert (spec.parts, spec.runtime) == ((2048,), "torch")
    # A model's hash covers these four, which must not change with a release.
    assert spec.identity == data


@pytest.mark.parametrize(
    "change", [{"name": 3}, {"parts": []}, {"parts": [0]}, {"parts": ["many"]}, {"parts": 7}, {"runtime": None}]
)
def test_what_identifies_no_encoder(change):
    with pytest.raises((TypeError, ValueError)):
        EncoderSpec.from_dict({**SPEC.to_dict(), **change})


@pytest.mark.parametrize("name", ["name", "precision", "fingerprint"])
def test_a_part_that_is_missing(name):
    data = SPEC.to_dict()
    del data[name]
    with pytest.raises(KeyError, match=name):
        EncoderSpec.from_dict(data)
