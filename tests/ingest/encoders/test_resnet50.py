"""Proof that ResNet-50 is the original: against the network written out, and on known pictures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from likewise.ingest.encoders import EncoderSpec, create_encoder, encoder_fingerprint, resnet50
from likewise.ingest.encoders.torchvision_ops import import_torchvision
from likewise.ingest.encoders.weights.resnet50_layout import tensors
from likewise.ingest.errors import ParameterError


class TestResNet50:
    def test_the_layout_is_torchvisions(self, random_weights):
        count = sum(array.size for array in random_weights.values())
        layout = {name: array.shape for name, array in tensors(np.zeros(count, np.float32)).items()}
        assert layout == {name: array.shape for name, array in random_weights.items()}

    def test_fusing_and_moving_the_strides_changes_what_it_should(self, random_resnet50, random_weights):
        """The same numbers as the network written out: strides in the first convolutions, Keras' epsilon."""
        batch = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 50
        expected = version_1(random_resnet50, batch)
        with torch.inference_mode():
            stages = resnet50.pooled_stages(resnet50.build(random_weights), batch, (1, 2, 3, 4))
        for got, wanted in zip(stages, expected, strict=True):
            np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-3, atol=1e-4)

    def test_stages_are_joined_in_the_order_asked_for(self, make_pixels, random_weights):
        pixels = make_pixels(1, 240)
        both = resnet50.ResNet50Encoder(random_weights, stages=(4, 2))
        features = both.encode(pixels)
        assert both.spec.parts == (2048, 512)
        assert both.stages == (4, 2)
        alone = resnet50.ResNet50Encoder(random_weights)
        assert alone.spec.fingerprint == encoder_fingerprint("resnet50") != both.spec.fingerprint
        np.testing.assert_allclose(features[:, :2048], alone.encode(pixels), rtol=1e-4)

    @pytest.mark.parametrize("stages", [(), (0,), (4, 5)])
    def test_unknown_stages(self, stages):
        with pytest.raises(ParameterError, match=r"ResNet-50 has the stages \[1, 2, 3, 4\]"):
            resnet50.stages_fingerprint(stages, "fp32")

    def test_colours_are_turned_and_centred(self, random_weights):
        encoder = resnet50.ResNet50Encoder(random_weights)
        seen = []
        encoder.network.conv1.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
        encoder.encode([np.full((240, 240, 3), (124, 117, 104), np.uint8)])
        # 104 - 103.939, 117 - 116.779, 124 - 123.68: blue, green, red.
        np.testing.assert_allclose(seen[0][0, :, 0, 0], [0.061, 0.221, 0.32], atol=1e-4)


def version_1(network: torch.nn.Module, batch: torch.Tensor) -> list[torch.Tensor]:
    """The pooled stages of He et al.'s version 1, layer by layer, with torchvision's weights."""

    def normal(x: torch.Tensor, layer: torch.nn.BatchNorm2d) -> torch.Tensor:
        scale = layer.weight / torch.sqrt(layer.running_var + 1.001e-5)
        return (x - layer.running_mean.view(1, -1, 1, 1)) * scale.view(1, -1, 1, 1) + layer.bias.view(1, -1, 1, 1)

    conv = torch.nn.functional.conv2d
    pooled = []
    with torch.inference_mode():
        x = normal(conv(batch, network.conv1.weight, stride=2, padding=3), network.bn1).relu()
        x = torch.nn.functional.max_pool2d(x, 3, 2, 1)
        for number, stage in enumerate((network.layer1, network.layer2, network.layer3, network.layer4)):
            for at, block in enumerate(stage):
                stride = 2 if at == 0 and number > 0 else 1
                y = normal(conv(x, block.conv1.weight, stride=stride), block.bn1).relu()
                y = normal(conv(y, block.conv2.weight, padding=1), block.bn2).relu()
                y = normal(conv(y, block.conv3.weight), block.bn3)
                if at == 0:
                    x = normal(conv(x, block.downsample[0].weight, stride=stride), block.downsample[1])
                x = (x + y).relu()
            pooled.append(x.mean((2, 3)))
    return pooled


@pytest.fixture(scope="module")
def original_network(resnet50_weights) -> torch.nn.Module:
    return resnet50.build(resnet50_weights)


@pytest.mark.weights
class TestOriginalWeights:
    """The largest centred square at 224 x 224, classified.

    Close probabilities, because the labels alone survive mistakes: with the strides of torchvision's own
    version of the network they would be 0.82, 0.99 and 0.53, with red and blue exchanged 0.98, 0.83 and 0.67.
    """

    @pytest.mark.parametrize(
        ("package", "file", "label", "probability"),
        [
            ("skimage", "data/chelsea.png", "Egyptian cat", 0.846),
            ("skimage", "data/coffee.png", "espresso", 0.999),
            ("sklearn", "datasets/images/china.jpg", "palace", 0.515),
        ],
    )
    def test_known_pictures_are_what_they_are(self, original_network, package, file, label, probability):
        # Found, not imported: skimage would import a dozen packages for a path.
        (folder,) = importlib.util.find_spec(package).submodule_search_locations
        with Image.open(Path(folder) / file) as image:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            square = image.convert("RGB").crop((left, top, left + side, top + side))
        pixels = np.array(square.resize((224, 224), Image.Resampling.BICUBIC), np.float32)
        batch = torch.from_numpy(pixels[:, :, ::-1] - np.float32(resnet50.MEAN_BGR)).permute(2, 0, 1)[None]
        with torch.inference_mode():
            probabilities = original_network(batch).softmax(1)[0]
        names = import_torchvision().models.ResNet50_Weights.DEFAULT.meta["categories"]
        assert names[int(probabilities.argmax())] == label
        assert float(probabilities.max()) == pytest.approx(probability, abs=0.01)

    def test_the_encoder(self, make_pixels, resnet50_weights):
        encoder = create_encoder("resnet50", device="cpu")
        assert encoder.spec == EncoderSpec("resnet50", "fp32", encoder_fingerprint("resnet50"), (2048,))
        pixels = make_pixels(3, 240)
        features = encoder.encode(pixels)
        assert features.shape == (3, 2048)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        assert (features >= 0).all()
        one_by_one = np.concatenate([encoder.encode([each]) for each in pixels])
        np.testing.assert_allclose(one_by_one, features, rtol=1e-4, atol=1e-4)

    def test_bf16_points_in_the_same_direction(self, make_pixels, resnet50_weights):
        pixels = make_pixels(2, 240)
        exact, fast = (create_encoder("resnet50", precision=each).encode(pixels) for each in ("fp32", "bf16"))
        cosine = (exact * fast).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(fast, axis=1)
        assert (cosine > 0.998).all()
