"""The load on a service: small, so that it says nothing of speed, but all of its parts run."""

import shutil

import numpy as np
import pytest
from PIL import Image

from likewise.evaluation.benchmarks import load_wrk
from likewise.evaluation.benchmarks.load import markdown, measure
from likewise.evaluation.benchmarks.load_mixed import Mixed, mixed
from likewise.evaluation.benchmarks.load_pictures import PictureRate, encoder_rate
from likewise.evaluation.benchmarks.load_service import serving
from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ParameterError, StoreError
from likewise.search import SearchClient

SAID = """Running 6s test @ http://127.0.0.1:8171
  1 threads and 16 connections
  Latency Distribution
     50%    6.34ms
     75%    7.34ms
     90%    8.34ms
     99%    1.43s
  13536 requests in 6.00s, 45.57MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:   2255.92
Transfer/sec:      7.59MB
"""


@pytest.fixture
def index(catalog, encoder, tmp_path):
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    return tmp_path / "index"


def test_what_wrk_says_is_understood():
    assert load_wrk.parse(SAID) == load_wrk.Rate(2255.92, 6.34, 1430.0, 7)
    assert load_wrk.parse(SAID.replace("6.34ms", "812.00us")).p50_ms == pytest.approx(0.812)
    with pytest.raises(ParameterError, match="something else"):
        load_wrk.parse("no such option")


def test_without_wrk_it_says_what_to_install(monkeypatch, index):
    monkeypatch.setattr(load_wrk.shutil, "which", lambda _: None)
    with pytest.raises(ParameterError, match="install the package `wrk`"):
        load_wrk.rate("http://127.0.0.1:1", ["/healthz"])


@pytest.mark.skipif(shutil.which("wrk") is None, reason="there is no wrk here")
def test_every_part_is_measured(index):
    found = measure(index, workers=1, seconds=1)
    assert found.products == 48
    for each in (found.constant, found.searched, found.kept):
        assert each.per_second > 10
        assert 0 < each.p50_ms <= each.p99_ms
        assert each.failed == 0
    # No encoder of that name is registered.
    assert found.pictures is None
    assert len(markdown(found).splitlines()) == 9


def test_a_folder_without_an_index_is_said(tmp_path):
    with pytest.raises(StoreError, match="There is no index in"):
        measure(tmp_path / "nowhere")


def test_no_request_fails_while_versions_are_published(index):
    with SearchClient.open(index) as client:
        ids = list(client.ids())
    with serving(index, "--refresh", "0.2", "--no-log-requests") as service:
        assert service.resident_mib() > 20
        met = mixed(service, index, ids, [], minutes=0.15, every=0.5)
    assert met.failed == met.broken == 0
    assert met.statuses.keys() == {200}
    assert met.requests > 30
    assert met.versions >= 2
    assert met.seen >= 2


def test_an_encoders_own_rate_is_that_of_batches(encoder):
    pictures = []
    for at in range(20):
        path_like = Image.fromarray(np.full((20, 20, 3), at * 10, np.uint8))
        pictures.append(_png(path_like))
    assert encoder_rate(encoder, pictures) > 0
    assert encoder.seen == 16 + 20
    assert PictureRate(10.0, 8.5).share == pytest.approx(0.85)


def _png(image):
    import io

    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def test_failures_are_what_was_not_answered_as_it_should_be():
    met = Mixed(1.0, 10, 10.0, {200: 7, 304: 1, 404: 1, 503: 1}, 2, 1, 1, 1.0, 1.0)
    assert met.failed == 4
