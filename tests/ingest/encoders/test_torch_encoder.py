"""What all encoders on torch have in common."""

import numpy as np
import pytest
import torch
from PIL import Image

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.encoders.torch_encoder import CHUNK, TorchEncoder
from likewise.ingest.errors import ParameterError, WeightsError


class Mean(TorchEncoder):
    """Mean colour, through a network that multiplies by `factor`."""

    def __init__(self, factor: float = 1.0, precision: str = "fp32", device: str | None = None) -> None:
        layer = torch.nn.Conv2d(3, 3, 1, bias=False)
        torch.nn.init.dirac_(layer.weight)
        layer.weight.data *= factor
        super().__init__(layer, EncoderSpec("mean", precision, "mean", (3,)), side=8, device=device)
        self.batches: list[int] = []

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(batch))
        return self.network(batch).mean((2, 3))


class TestTorchEncoder:
    def test_prepare_resizes_to_a_square(self):
        image = Image.new("RGB", (30, 10), (10, 20, 30))
        pixels = Mean().prepare(image)
        assert pixels.shape == (8, 8, 3)
        assert pixels.dtype == np.uint8
        assert (pixels == (10, 20, 30)).all()

    def test_encode_keeps_order_and_channels(self, make_pixels):
        images = make_pixels(5, 8)
        features = Mean().encode(images)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, [image.mean((0, 1)) for image in images], rtol=1e-5)

    def test_long_batches_are_cut(self, make_pixels):
        encoder = Mean()
        images = make_pixels(2 * CHUNK["cpu"] + 1, 8)
        features = encoder.encode(images)
        assert encoder.batches == [CHUNK["cpu"], CHUNK["cpu"], 1]
        np.testing.assert_allclose(features[-1], images[-1].mean((0, 1)), rtol=1e-5)

    def test_no_images(self):
        assert Mean().encode([]).shape == (0, 3)

    @pytest.mark.parametrize("pixels", [np.zeros((9, 9, 3), np.uint8), np.zeros((8, 8, 3), np.float32)])
    def test_pixels_that_prepare_did_not_make(self, pixels):
        with pytest.raises(ValueError, match=r"mean takes uint8\[8, 8, 3\]; received"):
            Mean().encode([pixels])

    def test_numbers_that_are_none(self, make_pixels):
        with pytest.raises(WeightsError, match="mean computes NaN or infinity"):
            Mean(float("inf")).encode(make_pixels(1, 8))

    def test_bf16_is_close_and_still_float32(self, make_pixels):
        images = make_pixels(4, 8)
        features = Mean(precision="bf16").encode(images)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, Mean().encode(images), rtol=2**-7)

    @pytest.mark.parametrize("device", ["cuda:99", "abacus", "meta:x"])
    def test_an_unknown_device(self, device):
        with pytest.raises(ParameterError, match=f"no device '{device}' here"):
            Mean(device=device)
