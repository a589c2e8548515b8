"""Encoders: names, fingerprints, what all on torch have in common, and proof that ResNet-50 is the original."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from likewise.ingest import resnet50, torchvision_encoder
from likewise.ingest.encoders import create_encoder, encoder_fingerprint, fingerprint
from likewise.ingest.errors import ParameterError, WeightsError
from likewise.ingest.resnet50_layout import tensors
from likewise.ingest.torch_encoder import MAX_BATCH, TorchEncoder
from likewise.ingest.torchvision_ops import import_torchvision

RESNET50_FP32 = "de0d5402a92f1773"
"""If this has to change, every index has to be encoded anew."""


def pictures(count: int, side: int, seed: int = 0) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8))


class TestNames:
    @pytest.mark.parametrize("name", ["resnet-50", "", "clip:ViT-B-32"])
    def test_an_unknown_encoder_lists_the_known(self, name):
        with pytest.raises(ParameterError, match=r"Unknown encoder .* Known: resnet50, torchvision\."):
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
            "import sys; from likewise.ingest.encoders import encoder_fingerprint as f\n"
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


class Mean(TorchEncoder):
    """Mean colour, through a network that multiplies by `factor`."""

    def __init__(self, factor: float = 1.0, **options: str | None) -> None:
        layer = torch.nn.Conv2d(3, 3, 1, bias=False)
        torch.nn.init.dirac_(layer.weight)
        layer.weight.data *= factor
        given = {"name": "mean", "dim": 3, "side": 8, "precision": "fp32", "fingerprint": "mean", **options}
        super().__init__(layer, **given)
        self.batches: list[int] = []

    def _features(self, batch: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(batch))
        return self._network(batch).mean((2, 3))


class TestTorchEncoder:
    def test_prepare_resizes_to_a_square(self):
        image = Image.new("RGB", (30, 10), (10, 20, 30))
        pixels = Mean().prepare(image)
        assert pixels.shape == (8, 8, 3)
        assert pixels.dtype == np.uint8
        assert (pixels == (10, 20, 30)).all()

    def test_encode_keeps_order_and_channels(self):
        images = pictures(5, 8)
        features = Mean().encode(images)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, [image.mean((0, 1)) for image in images], rtol=1e-5)

    def test_long_batches_are_cut(self):
        encoder = Mean()
        images = pictures(2 * MAX_BATCH + 1, 8)
        features = encoder.encode(images)
        assert encoder.batches == [MAX_BATCH, MAX_BATCH, 1]
        np.testing.assert_allclose(features[-1], images[-1].mean((0, 1)), rtol=1e-5)

    def test_no_images(self):
        assert Mean().encode([]).shape == (0, 3)

    @pytest.mark.parametrize("pixels", [np.zeros((9, 9, 3), np.uint8), np.zeros((8, 8, 3), np.float32)])
    def test_pixels_that_prepare_did_not_make(self, pixels):
        with pytest.raises(ValueError, match=r"mean takes uint8\[8, 8, 3\]; received"):
            Mean().encode([pixels])

    def test_numbers_that_are_none(self):
        with pytest.raises(WeightsError, match="mean computes NaN or infinity"):
            Mean(float("inf")).encode(pictures(1, 8))

    def test_bf16_is_close_and_still_float32(self):
        images = pictures(4, 8)
        features = Mean(precision="bf16").encode(images)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, Mean().encode(images), rtol=2**-7)

    @pytest.mark.parametrize("device", ["cuda:99", "abacus", "meta:x"])
    def test_an_unknown_device(self, device):
        with pytest.raises(ParameterError, match=f"no device '{device}' here"):
            Mean(device=device)


@pytest.fixture(scope="module")
def random_resnet50() -> torch.nn.Module:
    """torchvision's own network with random weights and statistics."""
    torch.manual_seed(0)
    network = import_torchvision().models.resnet50(weights=None).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
    return network


@pytest.fixture(scope="module")
def random_weights(random_resnet50) -> dict[str, np.ndarray]:
    state = random_resnet50.state_dict()
    return {name: tensor.numpy() for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


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

    def test_stages_are_joined_in_the_order_asked_for(self, random_weights):
        pixels = pictures(1, 240)
        both = resnet50.ResNet50Encoder(random_weights, stages=(4, 2))
        features = both.encode(pixels)
        assert both.dim == 2048 + 512
        assert both.stages == (4, 2)
        alone = resnet50.ResNet50Encoder(random_weights)
        assert alone.fingerprint == RESNET50_FP32 != both.fingerprint
        np.testing.assert_allclose(features[:, :2048], alone.encode(pixels), rtol=1e-4)

    @pytest.mark.parametrize("stages", [(), (0,), (4, 5)])
    def test_unknown_stages(self, stages):
        with pytest.raises(ParameterError, match=r"ResNet-50 has the stages \[1, 2, 3, 4\]"):
            resnet50.stages_fingerprint(stages, "fp32")

    def test_colours_are_turned_and_centred(self, random_weights):
        encoder = resnet50.ResNet50Encoder(random_weights)
        seen = []
        encoder._network.conv1.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
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

    def test_the_encoder(self, resnet50_weights):
        encoder = create_encoder("resnet50", device="cpu")
        assert (encoder.name, encoder.dim, encoder.precision) == ("resnet50", 2048, "fp32")
        assert encoder.fingerprint == RESNET50_FP32
        pixels = pictures(3, 240)
        features = encoder.encode(pixels)
        assert features.shape == (3, 2048)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        assert (features >= 0).all()
        one_by_one = np.concatenate([encoder.encode([each]) for each in pixels])
        np.testing.assert_allclose(one_by_one, features, rtol=1e-4, atol=1e-4)

    def test_bf16_points_in_the_same_direction(self, resnet50_weights):
        pixels = pictures(2, 240)
        exact, fast = (create_encoder("resnet50", precision=each).encode(pixels) for each in ("fp32", "bf16"))
        cosine = (exact * fast).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(fast, axis=1)
        assert (cosine > 0.998).all()


def own_checkpoint(name: str, path: Path, **options: int) -> torch.nn.Module:
    torch.manual_seed(0)
    network = import_torchvision().models.get_model(name, weights=None, **options).eval()
    torch.save(network.state_dict(), path)
    return network


class TestTorchvision:
    @pytest.mark.parametrize(
        ("name", "head", "dim", "side"),
        [
            ("resnet18", "fc", 512, 240),
            ("vgg11", "classifier.6", 4096, 240),
            ("convnext_tiny", "classifier.2", 768, 240),
            ("densenet121", "classifier", 1024, 240),
            ("squeezenet1_1", "classifier.1", 512, 240),
            ("googlenet", "fc", 1024, 240),
            ("inception_v3", "fc", 2048, 240),
            ("swin_t", "head", 768, 224),
            ("maxvit_t", "classifier.5", 512, 224),
            ("vit_b_16", "heads.head", 768, 224),
        ],
    )
    def test_the_features_before_the_classifier(self, name, head, dim, side):
        with torch.device("meta"):
            network = torchvision_encoder.unfitted(name).eval()
            assert torchvision_encoder.cut_classifier(network) == (head, dim)
            assert torchvision_encoder.side(name, None) == side
            assert network(torch.zeros(2, 3, side, side)).flatten(1).shape == (2, dim)

    def test_weights_say_what_they_were_trained_with(self):
        _, weights = torchvision_encoder.find("vit_b_16:IMAGENET1K_SWAG_E2E_V1", published=True)
        assert torchvision_encoder.side("vit_b_16", weights) == 384
        _, weights = torchvision_encoder.find("efficientnet_v2_l", published=True)
        assert torchvision_encoder.normalisation(weights) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

    def test_a_network_without_a_classifier(self):
        with pytest.raises(ParameterError, match="Sequential ends in no classifier"):
            torchvision_encoder.cut_classifier(torch.nn.Sequential(torch.nn.Linear(2, 2)))

    def test_a_checkpoint_of_ones_own(self, tmp_path):
        path = tmp_path / "own.pth"
        network = own_checkpoint("shufflenet_v2_x0_5", path, num_classes=7)
        encoder = create_encoder("torchvision:shufflenet_v2_x0_5", weights_file=path, device="cpu")
        assert (encoder.name, encoder.dim) == ("torchvision:shufflenet_v2_x0_5", 1024)
        pixels = pictures(3, 240)
        features = encoder.encode(pixels)
        network.fc = torch.nn.Identity()
        batch = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2) / 255
        normal = import_torchvision().transforms.functional.normalize(
            batch, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        )
        with torch.inference_mode():
            np.testing.assert_allclose(features, network(normal).numpy(), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(encoder.encode(pixels[1:2]), features[1:2], rtol=1e-4, atol=1e-6)

    def test_the_checkpoint_counts_in_the_fingerprint(self, tmp_path):
        one, two = tmp_path / "one.pth", tmp_path / "two.pth"
        own_checkpoint("shufflenet_v2_x0_5", one)
        own_checkpoint("shufflenet_v2_x0_5", two, num_classes=7)
        name = "torchvision:shufflenet_v2_x0_5"
        of_one = encoder_fingerprint(name, weights_file=one)
        assert create_encoder(name, weights_file=one).fingerprint == of_one
        assert encoder_fingerprint(name, weights_file=two) != of_one
        assert encoder_fingerprint(name, "bf16", weights_file=one) != of_one
        one.rename(tmp_path / "renamed.pth")
        assert encoder_fingerprint(name, weights_file=tmp_path / "renamed.pth") == of_one

    def test_layers_before_the_last_of_a_classifier_come_from_the_checkpoint(self, tmp_path):
        path = tmp_path / "own.pth"
        network = own_checkpoint("mobilenet_v3_small", path)
        encoder = create_encoder("torchvision:mobilenet_v3_small", weights_file=path)
        assert torch.equal(encoder._network.classifier[0].weight.cpu(), network.classifier[0].weight)
        state = network.state_dict()
        del state["classifier.0.weight"]
        torch.save(state, path)
        with pytest.raises(WeightsError, match=r"MobileNetV3: 1 missing: classifier\.0\.weight"):
            create_encoder("torchvision:mobilenet_v3_small", weights_file=path)

    def test_a_checkpoint_of_another_network(self, tmp_path):
        own_checkpoint("squeezenet1_1", tmp_path / "own.pth")
        with pytest.raises(WeightsError, match=r"ShuffleNetV2: \d+ missing: conv1\.0\.weight, .* unexpected: features"):
            create_encoder("torchvision:shufflenet_v2_x0_5", weights_file=tmp_path / "own.pth")

    @pytest.fixture
    def torch_home(self, tmp_path, monkeypatch) -> Path:
        """torch's cache of published weights, on a machine whose web is out of reach."""
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        folder = tmp_path / "hub" / "checkpoints"
        folder.mkdir(parents=True)
        return folder

    def test_published_weights(self, torch_home):
        own_checkpoint("shufflenet_v2_x0_5", torch_home / "shufflenetv2_x0.5-f707e7126e.pth")
        encoder = create_encoder("torchvision:shufflenet_v2_x0_5:IMAGENET1K_V1")
        assert encoder.fingerprint == encoder_fingerprint("torchvision:shufflenet_v2_x0_5")
        assert encoder.encode(pictures(1, 240)).shape == (1, 1024)

    def test_published_weights_out_of_reach(self, torch_home):
        with pytest.raises(WeightsError, match=r"IMAGENET1K_V1 of resnet18 .* --encoder torchvision:resnet18"):
            create_encoder("torchvision:resnet18")
        assert list(torch_home.iterdir()) == []

    def test_published_weights_that_are_damaged(self, torch_home):
        (torch_home / "resnet18-f37072fd.pth").write_bytes(b"PK cut")
        with pytest.raises(WeightsError, match="resnet18-f37072fd"):
            create_encoder("torchvision:resnet18")
