"""Encoders in int8: how they are made, how they travel, and what may stand in for one."""

import dataclasses
import pickle
import sys

import numpy as np
import pytest
from tiny_encoder import SIDE, Tiny, name_it

from likewise.ingest.encoders import EncoderSpec, Quantization, open_encoder, opening
from likewise.ingest.encoders.quantized import QuantizedEncoder, calibrate, calibration, calibration_key, runtime
from likewise.ingest.encoders.quantized.calibration import part_cosines
from likewise.ingest.errors import IncompatibleError, ParameterError, StoreError, WeightsError
from likewise.ingest.features import keep_calibration, kept_calibration


@pytest.fixture(scope="module")
def pixels() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return list(
        rng.integers(0, 256, (40, SIDE, SIDE, 3), dtype=np.uint8) // rng.integers(1, 9, (40, 1, 1, 3), np.uint8)
    )


@pytest.fixture(scope="module")
def made(pixels) -> QuantizedEncoder:
    return calibrate(Tiny(), pixels[:32], pixels[32:])


@pytest.fixture
def tiny(monkeypatch):
    name_it(monkeypatch)


@pytest.fixture
def no_openvino(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(opening, "has_openvino", lambda: False)


def test_its_features_are_close_and_what_is_beside_them_is_the_same(made, pixels):
    plain, quantized = Tiny().encode(pixels), made.encode(pixels)
    assert (quantized.shape, quantized.dtype) == ((40, 11), np.float32)
    assert part_cosines(plain, quantized, Tiny.parts)[:, 0].min() > 0.98
    np.testing.assert_array_equal(plain[:, 8:], quantized[:, 8:])


def test_a_picture_has_the_same_features_alone_and_in_a_batch(made, pixels):
    together = made.encode(pixels)
    for at in (0, 17, 39):
        np.testing.assert_allclose(made.encode([pixels[at]])[0], together[at], rtol=1e-3, atol=1e-5)


def test_it_knows_what_it_was_made_of_and_how_far_it_is_off(made):
    found = made.spec.quantization
    assert (made.spec.precision, made.spec.runtime, found.plain) == ("int8", "openvino", "tiny-fp32")
    assert (found.pictures, found.measured, found.side) == (32, 8, SIDE)
    assert 0.98 < found.least <= found.cosine <= 1
    assert EncoderSpec.from_dict(made.spec.to_dict()) == made.spec


def test_another_network_is_another_encoder(made, pixels):
    other = calibrate(Tiny(), pixels[:8], pixels[32:])
    assert other.spec.quantization.network != made.spec.quantization.network
    assert other.spec.fingerprint != made.spec.fingerprint


def test_prepare_is_that_of_the_plain_one(made, pixels):
    from PIL import Image

    image = Image.fromarray(pixels[0]).resize((50, 30))
    np.testing.assert_array_equal(made.prepare(image), Tiny().prepare(image))


def test_pixels_that_prepare_did_not_make(made):
    with pytest.raises(ValueError, match=r"tiny takes uint8\[16, 16, 3\]"):
        made.encode([np.zeros((9, 9, 3), np.uint8)])


def test_int8_that_moves_the_features_too_far_is_refused(monkeypatch, pixels):
    monkeypatch.setattr(calibration, "LEAST_COSINE", 1.1)
    with pytest.raises(
        ParameterError, match=r"In int8 the features of tiny have a mean cosine of .* Choose --precision"
    ):
        calibrate(Tiny(), pixels[:8], pixels[32:])


def test_numbers_that_are_none(pixels):
    broken = Tiny()
    broken.network[0].weight.data[:] = float("nan")
    with pytest.raises(WeightsError, match="tiny computes NaN or infinity"):
        broken.encode(pixels[:1])


class TestOpening:
    def test_the_network_travels_as_bytes(self, made, pixels, tiny):
        carried = pickle.loads(pickle.dumps(made.spec))
        opened = open_encoder(carried)
        assert opened.spec == made.spec
        np.testing.assert_array_equal(opened.encode(pixels[:3]), made.encode(pixels[:3]))

    def test_a_network_that_was_altered(self, made, pixels, tiny):
        network = bytearray(made.network)
        network[len(network) // 2] ^= 1
        opened = open_encoder(dataclasses.replace(made.spec, file=lambda: bytes(network)))
        with pytest.raises(StoreError, match="it was altered"):
            opened.encode(pixels[:1])

    def test_a_spec_without_its_network(self, made, tiny):
        with pytest.raises(IncompatibleError, match="Open the index"):
            open_encoder(dataclasses.replace(made.spec, file=None))

    def test_a_release_that_prepares_pictures_otherwise(self, made, tiny, monkeypatch):
        monkeypatch.setattr(Tiny, "identify", classmethod(lambda *_, **__: "tiny-of-tomorrow"))
        with pytest.raises(IncompatibleError, match="encoder_fingerprint"):
            open_encoder(made.spec)

    def test_without_openvino_it_says_what_to_install_and_what_may_stand_in(self, made, tiny, no_openvino):
        with pytest.raises(
            IncompatibleError, match=r"pip install 'likewise\[openvino\]'.* by id .*--stand-in: the mean"
        ):
            open_encoder(made.spec)

    def test_the_plain_one_stands_in_where_the_two_agree_and_it_is_asked_for(self, made, pixels, tiny, no_openvino):
        agreeing = dataclasses.replace(made.spec.quantization, cosine=opening.STAND_IN)
        opened = open_encoder(dataclasses.replace(made.spec, quantization=agreeing), stand_in=True)
        assert opened.spec.fingerprint == made.spec.fingerprint
        np.testing.assert_array_equal(opened.encode(pixels[:3]), Tiny().encode(pixels[:3]))

    def test_it_does_not_where_they_differ(self, made, tiny, no_openvino):
        differing = dataclasses.replace(made.spec.quantization, cosine=opening.STAND_IN - 0.001)
        with pytest.raises(IncompatibleError, match=r"fp32 cannot stand in: .* 0\.9890, under 0\.99"):
            open_encoder(dataclasses.replace(made.spec, quantization=differing), stand_in=True)


class TestKeptCalibrations:
    def test_the_same_pictures_are_not_calibrated_on_again(self, made, pixels, tiny, tmp_path):
        key = calibration_key("tiny-fp32", ["a", "b"])
        assert kept_calibration(tmp_path / "new", key) is None
        keep_calibration(tmp_path / "new", key, made.spec, made.network)
        found = kept_calibration(tmp_path / "new", key)
        assert found == made.spec
        np.testing.assert_array_equal(open_encoder(found).encode(pixels[:2]), made.encode(pixels[:2]))
        assert kept_calibration(tmp_path / "new", calibration_key("tiny-fp32", ["a", "c"])) is None
        assert kept_calibration(tmp_path / "new", calibration_key("tiny-other", ["a", "b"])) is None

    @pytest.mark.parametrize("note", [b"", b"{}", b'{"key": "any"}', b'{"key": "any", "encoder": {"name": 1}}', b"[]"])
    def test_a_damaged_note_is_none(self, note, tmp_path):
        (tmp_path / "f.calibration").write_bytes(note)
        (tmp_path / "f.network").write_bytes(b"any")
        assert kept_calibration(tmp_path, "any") is None

    def test_a_folder_that_cannot_be_written(self, made, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(StoreError, match="The calibration cannot be kept"):
            keep_calibration(tmp_path / "file" / "cache", "key", made.spec, made.network)


def test_nothing_is_told_to_anyone():
    assert runtime.import_openvino() is not None
    assert sys.modules["openvino_telemetry"] is None


@pytest.mark.parametrize(
    "change",
    [{"network": 1}, {"side": 0}, {"pictures": "many"}, {"cosine": 1.5}, {"least": None}, {"measured": True}, {"x": 1}],
)
def test_what_describes_no_quantized_network(made, change):
    data = dataclasses.asdict(made.spec.quantization)
    with pytest.raises((TypeError, ValueError)):
        Quantization.from_dict({**data, **change})


@pytest.mark.parametrize("change", [{"runtime": "torch"}, {"quantization": None}])
def test_a_runtime_that_does_not_fit(made, change):
    with pytest.raises(ValueError, match="a network for"):
        EncoderSpec.from_dict({**made.spec.to_dict(), **change})
