"""An encoder that waits for its first image, and the one encoder that a manifest needs."""

import contextlib
import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.encoders import EncoderSpec, LazyEncoder, encoder_fingerprint, encoder_parts, lazy, open_encoder
from likewise.ingest.errors import IncompatibleError, ParameterError, WeightsError

RICH = EncoderSpec(
    "resnet50-rich", "bf16", encoder_fingerprint("resnet50-rich", "bf16"), encoder_parts("resnet50-rich") or ()
)


class Created:
    """Stands in for `create_encoder`, whose calls it keeps, and for the encoder."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []

    def __call__(self, name: str, **options: object) -> "Created":
        self.calls.append((name, options))
        return self

    @property
    def spec(self) -> EncoderSpec:
        return EncoderSpec("torchvision:resnet18", "fp32", "any", (512,))

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image)

    def encode(self, pixels: list[np.ndarray]) -> np.ndarray:
        return np.ones((len(pixels), 512), np.float32)


@pytest.fixture
def created(monkeypatch) -> Created:
    stand_in = Created()
    monkeypatch.setattr(lazy, "create_encoder", stand_in)
    return stand_in


class TestLazyEncoder:
    def test_its_identity_needs_no_network(self, created):
        assert LazyEncoder("resnet50-rich", "bf16").spec == RICH
        assert LazyEncoder("torchvision:resnet18", parts=[512]).spec.parts == (512,)
        assert created.calls == []

    def test_widths_that_only_the_network_knows_are_asked_of_it(self, created):
        assert LazyEncoder("torchvision:resnet18").spec.parts == (512,)
        assert len(created.calls) == 1

    def test_images_go_through_the_network_which_is_created_as_told(self, created, tmp_path):
        (tmp_path / "own.pth").write_bytes(b"any")
        encoder = LazyEncoder("torchvision:resnet18", "bf16", weights_file=tmp_path / "own.pth")
        pixels = encoder.prepare(Image.new("RGB", (4, 3)))
        assert pixels.shape == (3, 4, 3)
        assert encoder.encode([pixels, pixels]).shape == (2, 512)
        options = {"weights_file": tmp_path / "own.pth", "precision": "bf16", "progress": None}
        assert created.calls == [("torchvision:resnet18", options)]

    def test_threads_that_need_it_at_once_load_it_once(self, monkeypatch, created):
        both_load = threading.Barrier(2)

        def slow(name: str, **options: object) -> Created:
            # A second thread that came this far would end the wait.
            with contextlib.suppress(threading.BrokenBarrierError):
                both_load.wait(0.5)
            return created(name, **options)

        monkeypatch.setattr(lazy, "create_encoder", slow)
        encoder = LazyEncoder("resnet50")
        threads = [threading.Thread(target=encoder.prepare, args=(Image.new("RGB", (4, 4)),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [name for name, _ in created.calls] == ["resnet50"]

    def test_a_load_that_fails_is_tried_again(self, monkeypatch, created):
        def fail(name: str, **options: object) -> None:
            raise WeightsError("down")

        encoder = LazyEncoder("resnet50")
        with monkeypatch.context() as patch:
            patch.setattr(lazy, "create_encoder", fail)
            with pytest.raises(WeightsError, match="down"):
                encoder.encode([])
        assert len(encoder.encode([])) == 0

    def test_a_wrong_name_or_precision_is_refused_at_once(self):
        with pytest.raises(ParameterError, match="Unknown encoder 'resnet'"):
            LazyEncoder("resnet")
        with pytest.raises(ParameterError, match="Unknown precision 'int4'"):
            LazyEncoder("resnet50", "int4")


class TestOpenEncoder:
    def test_the_encoder_of_the_manifest_in_its_precision(self, created):
        assert open_encoder(RICH).spec == RICH
        assert created.calls == []

    def test_ones_own_weights(self, created, tmp_path):
        (tmp_path / "own.pth").write_bytes(b"any")
        name = "torchvision:resnet18"
        spec = EncoderSpec(name, "fp32", encoder_fingerprint(name, weights_file=tmp_path / "own.pth"), (512,))
        assert open_encoder(spec, weights_file=tmp_path / "own.pth").spec == spec
        assert created.calls == []

    def test_weights_that_are_missing_or_others(self, tmp_path):
        for name in ("own.pth", "other.pth"):
            (tmp_path / name).write_text(name)
        name = "torchvision:resnet18"
        spec = EncoderSpec(name, "fp32", encoder_fingerprint(name, weights_file=tmp_path / "own.pth"), (512,))
        for file in (None, tmp_path / "other.pth"):
            with pytest.raises(IncompatibleError, match=r"encoder_fingerprint differs: .* --weights FILE") as caught:
                open_encoder(spec, weights_file=file)
            assert caught.value.expected == spec.fingerprint
        with pytest.raises(WeightsError, match=r"absent\.pth cannot be read"):
            open_encoder(spec, weights_file=tmp_path / "absent.pth")

    def test_weights_for_an_encoder_that_takes_none(self, tmp_path):
        with pytest.raises(ParameterError, match="has weights of its own"):
            open_encoder(RICH, weights_file=tmp_path / "own.pth")

    @pytest.mark.parametrize(
        "other", [{"name": "clip:ViT-B-32"}, {"name": "torchvision:no_such"}, {"precision": "int4"}]
    )
    def test_a_name_or_precision_that_this_release_lacks(self, other):
        with pytest.raises(IncompatibleError, match=r"encoder differs: .*`likewise reindex CATALOG --refit always`"):
            open_encoder(replace(RICH, **other))

    def test_another_runtime(self):
        with pytest.raises(IncompatibleError, match=r"runtime differs: expected 'torch or openvino', found 'onnx'"):
            open_encoder(replace(RICH, runtime="onnx"))
