"""Pictures in object stores: fsspec's own in memory, and S3's protocol where moto and s3fs are installed."""

import sys
import uuid
from dataclasses import replace

import fsspec
import pytest

from likewise.ingest.errors import ImageError
from likewise.ingest.images import Pictures, Refused, SourceOptions


@pytest.fixture
def bucket():
    """A bucket in this process's memory."""
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    store = fsspec.filesystem("memory")
    for at in range(20):
        store.pipe_file(f"/{name}/{at}.jpg", b"picture %d" % at)
    store.pipe_file(f"/{name}/empty.jpg", b"")
    yield f"memory://{name}"
    store.rm(f"/{name}", recursive=True)


@pytest.fixture
def s3(monkeypatch):
    """A bucket behind S3's protocol, on this machine."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for key, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    store = fsspec.filesystem("s3", skip_instance_cache=True)
    shop = f"shop-{uuid.uuid4().hex[:8]}"
    store.mkdir(shop)
    for at in range(20):
        store.pipe_file(f"{shop}/{at}.jpg", b"picture %d" % at)
    store.pipe_file(f"{shop}/empty.jpg", b"")
    yield f"s3://{shop}"
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


@pytest.fixture(params=["bucket", "s3"])
def any_store(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def run(tmp_path):
    def run(options=None, **changes):
        return Pictures(tmp_path, replace(options or SourceOptions(), **changes), cache=tmp_path / "cache")

    return run


def reason(pictures, ref):
    with pytest.raises(ImageError) as caught:
        pictures.read(ref)
    return caught.value.reason


def test_objects_are_read_fetched_ahead_and_kept(any_store, run):
    refs = [run().find(f"{any_store}/{at}.jpg").ref for at in range(20)]
    pictures = run()
    assert list(pictures.prefetch(refs)) == refs
    assert [pictures.read(ref) for ref in refs] == [b"picture %d" % at for at in range(20)]


def test_an_object_that_changes_is_fetched_again_and_one_that_is_gone_rejected(any_store, run):
    ref = f"{any_store}/1.jpg"
    store = fsspec.filesystem(any_store.partition("://")[0])
    assert run().read(ref) == run().read(ref) == b"picture 1"
    store.pipe_file(ref, b"another")
    assert run().read(ref) == b"another"
    store.rm_file(ref)
    assert reason(run(), ref) == "not-found"


def test_every_failure_has_its_reason(any_store, run):
    assert reason(run(), f"{any_store}/nothing.jpg") == "not-found"
    assert reason(run(), f"{any_store}/empty.jpg") == "empty"
    assert reason(run(max_bytes=4), f"{any_store}/1.jpg") == "too-large"


def test_a_store_that_does_not_answer_costs_nothing_that_was_fetched_before(bucket, run, monkeypatch):
    ref = f"{bucket}/1.jpg"
    run().read(ref)

    def fail(*_, **__):
        raise ConnectionError("no route to the store")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.info", fail)
    pictures = run()
    assert (pictures.read(ref), pictures.stale) == (b"picture 1", 1)
    assert reason(pictures, f"{bucket}/2.jpg") == "unreachable"


@pytest.mark.parametrize(
    "address",
    [
        "local:///etc/passwd",
        "ftp://host/1.jpg",
        "github://a:b@c/1.jpg",
        "simplecache::file:///etc/passwd",
        "memory://a::file:///etc/passwd",
        "s3://name:secret@bucket/1.jpg",
        "dir://x",
        "zip://x::memory://y",
        "nonsense://x",
    ],
)
def test_other_protocols_are_refused_also_when_they_are_read(run, address):
    answer = run().find(address)
    assert isinstance(answer, Refused)
    assert answer.reason in ("refused-address", "missing-image")
    assert "secret" not in answer.detail
    assert reason(run(), address) in ("refused-address", "missing", "outside-catalog")


def test_only_buckets_that_are_named_if_any_are(bucket, run):
    name = bucket.partition("://")[2]
    assert run(hosts=(name,)).find(f"{bucket}/1.jpg").read() == b"picture 1"
    assert run(hosts=("another",)).find(f"{bucket}/1.jpg").reason == "refused-address"


def test_a_store_whose_package_is_missing_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(ImageError, match=r"likewise\[fsspec\]") as caught:
        run().read("gs://bucket/1.jpg")
    assert caught.value.reason == "refused-address"
