import numpy as np
from PIL import Image

from likewise.ingest.encoders import colour, resnet50_rich
from likewise.ingest.encoders.efficientnet_lite import EfficientNetLite1Encoder
from likewise.ingest.encoders.resnet50 import ResNet50Encoder


def test_the_studys_features_stages_the_second_network_and_colours_are_joined(random_weights):
    encoder = resnet50_rich.RichResNet50Encoder(ResNet50Encoder(random_weights, stages=resnet50_rich.STAGES))
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8))
    pixels = [encoder.prepare(image), encoder.prepare(image.rotate(180))]
    features = encoder.encode(pixels)
    assert features.shape == (2, sum(resnet50_rich.PARTS))
    name, width = encoder.leading
    assert name == "resnet50"
    plain = ResNet50Encoder(random_weights).encode(pixels)
    np.testing.assert_allclose(features[:, :width], plain, rtol=1e-4, atol=1e-6)
    lite = EfficientNetLite1Encoder(fingerprint="any").encode(pixels)
    edges = np.cumsum((0, *resnet50_rich.PARTS))
    np.testing.assert_allclose(features[:, edges[3] : edges[6]], resnet50_rich.LITE_WEIGHT * lite, rtol=1e-4, atol=1e-6)
    expected = resnet50_rich.COLOUR_WEIGHT * colour.signature(pixels[0])
    np.testing.assert_allclose(features[0, -colour.WIDTH :], expected, rtol=1e-6)


def test_its_fingerprint_needs_no_network_and_tells_it_from_the_plain_one(random_weights):
    encoder = resnet50_rich.RichResNet50Encoder(ResNet50Encoder(random_weights, stages=resnet50_rich.STAGES))
    known = resnet50_rich.RichResNet50Encoder.identify("", weights_file=None, precision="fp32")
    assert encoder.spec.fingerprint == known
    assert known != ResNet50Encoder.identify("", weights_file=None, precision="fp32")
