"""Pictures at addresses that strangers name: from the hosts that were named, and from no other."""

import pytest

from likewise.ingest.errors import ImageError
from likewise.ingest.images import SourceOptions, StrangersPictures

HERE = SourceOptions(allow_private=True, hosts=("127.0.0.1",), timeout=5, retries=0, max_bytes=2**20)


def reason(address, options=HERE):
    pictures = StrangersPictures(options)
    try:
        with pytest.raises(ImageError) as caught:
            pictures.fetch(address)
    finally:
        pictures.close()
    return caught.value.reason


def test_a_picture_on_an_allowed_host_is_fetched_and_not_kept(site, tmp_path, monkeypatch):
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    pictures = StrangersPictures(HERE)
    assert pictures.fetch(f"{site.url}/1.jpg") == site.pictures["/1.jpg"]
    assert pictures.fetch(f"  {site.url}/1.jpg#part") == site.pictures["/1.jpg"]
    pictures.close()
    assert site.asked["/1.jpg"] == 2
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "cell://a.parquet/b/2", "s3://bucket/a.jpg", "/etc/passwd", "ftp://127.0.0.1/a", "",
        "http://localhost/1.jpg", "http://127.0.0.1.evil.example/1.jpg", "http://evil.example/1.jpg",
        "http://169.254.169.254/latest", "http://[::1]/1.jpg", "http://2130706433/1.jpg",
        "http://user:word@127.0.0.1/1.jpg", "http://127.0.0.1\\@evil.example/", "http://", "http://[",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(address):
    assert reason(address) == "refused-address"


def test_without_hosts_nothing_is_fetched(site):
    assert reason(f"{site.url}/1.jpg", SourceOptions(allow_private=True)) == "refused-address"
    assert not site.asked


def test_an_address_of_a_private_network_is_refused_although_its_host_was_named(site):
    assert reason(f"{site.url}/1.jpg", SourceOptions(hosts=("127.0.0.1",))) == "refused-address"
    assert not site.asked


def test_a_redirect_does_not_lead_to_another_host(site):
    site.headers = {"Location": "http://localhost:1/1.jpg"}
    assert reason(f"{site.url}/to") == "refused-address"
    site.headers = {"Location": "file:///etc/passwd"}
    assert reason(f"{site.url}/to") == "refused-address"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/huge", "too-large"), ("/endless", "too-large"), ("/bomb", "too-large"), ("/no", "not-found")],
)
def test_answers_that_are_no_picture_are_bounded(site, path, expected):
    assert reason(f"{site.url}{path}") == expected
