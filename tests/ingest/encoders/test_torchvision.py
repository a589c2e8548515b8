"""Any torchvision network as an encoder, with published weights or a checkpoint of one's own."""

from pathlib import Path

import numpy as np
import pytest
import torch

from likewise.ingest.encoders import create_encoder, encoder_fingerprint
from likewise.ingest.encoders import torchvision as torchvision_encoder
from likewise.ingest.encoders.torchvision_ops import import_torchvision
from likewise.ingest.errors import ParameterError, WeightsError


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

    def test_a_checkpoint_of_ones_own(self, make_pixels, tmp_path):
        path = tmp_path / "own.pth"
        network = own_checkpoint("shufflenet_v2_x0_5", path, num_classes=7)
        encoder = create_encoder("torchvision:shufflenet_v2_x0_5", weights_file=path, device="cpu")
        assert (encoder.spec.name, encoder.spec.parts) == ("torchvision:shufflenet_v2_x0_5", (1024,))
        pixels = make_pixels(3, 240)
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
        assert create_encoder(name, weights_file=one).spec.fingerprint == of_one
        assert encoder_fingerprint(name, weights_file=two) != of_one
        assert encoder_fingerprint(name, "bf16", weights_file=one) != of_one
        one.rename(tmp_path / "renamed.pth")
        assert encoder_fingerprint(name, weights_file=tmp_path / "renamed.pth") == of_one

    def test_layers_before_the_last_of_a_classifier_come_from_the_checkpoint(self, tmp_path):
        path = tmp_path / "own.pth"
        network = own_checkpoint("mobilenet_v3_small", path)
        encoder = create_encoder("torchvision:mobilenet_v3_small", weights_file=path)
        assert torch.equal(encoder.network.classifier[0].weight.cpu(), network.classifier[0].weight)
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

    def test_published_weights(self, make_pixels, torch_home):
        own_checkpoint("shufflenet_v2_x0_5", torch_home / "shufflenetv2_x0.5-f707e7126e.pth")
        encoder = create_encoder("torchvision:shufflenet_v2_x0_5:IMAGENET1K_V1")
        assert encoder.spec.fingerprint == encoder_fingerprint("torchvision:shufflenet_v2_x0_5")
        assert encoder.encode(make_pixels(1, 240)).shape == (1, 1024)

    def test_published_weights_out_of_reach(self, torch_home):
        with pytest.raises(WeightsError, match=r"IMAGENET1K_V1 of resnet18 .* --encoder torchvision:resnet18"):
            create_encoder("torchvision:resnet18")
        assert list(torch_home.iterdir()) == []

    def test_published_weights_that_are_damaged(self, torch_home):
        (torch_home / "resnet18-f37072fd.pth").write_bytes(b"PK cut")
        with pytest.raises(WeightsError, match="resnet18-f37072fd"):
            create_encoder("torchvision:resnet18")
