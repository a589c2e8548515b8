"""The numbers for Prometheus."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def http(tmp_path, make_index, make_encoder, serving, until):
    store = make_index(tmp_path)
    with serving(lambda: store, make_encoder()) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


def numbers(http):
    answer = http.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *(value for name, value in sorted(sample.labels.items()) if name != "le")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


def test_requests_stages_caches_and_refusals_are_counted(http, tmp_path):
    picture = (tmp_path / "catalog" / "images" / "121.png").read_bytes()
    for _ in range(2):
        http.get("/v1/similar/100?k=3")
        http.post("/v1/similar", content=picture)
        http.get("/v1/images/100")
    http.get("/v1/similar/4711")
    http.get("/v1/nothing/at/all")
    http.put("/v1/schema")
    http.post("/v1/similar", content=b"no picture")
    http.post("/v1/similar", content=bytes(17 * 2**20))
    found = numbers(http)
    requests = "likewise_http_request_seconds_count"
    assert found[requests, "GET", "/v1/similar/{id:path}", "200"] == 2
    assert found[requests, "GET", "/v1/similar/{id:path}", "404"] == 1
    assert found[requests, "POST", "/v1/similar", "200"] == 2
    assert found[requests, "POST", "/v1/similar", "422"] == 1
    assert found[requests, "GET", "none", "404"] == 1
    assert any(key == (requests, "OTHER", "/v1/schema", "405") for key in found)
    for cache, hits, misses in (("answers", 1, 2), ("features", 1, 2), ("thumbnails", 1, 1)):
        assert found["likewise_cache_requests_total", cache, "hit"] == hits
        assert found["likewise_cache_requests_total", cache, "miss"] == misses
    assert found["likewise_stage_seconds_count", "encode"] == found["likewise_batch_pictures_count",] == 1
    assert {stage for name, *rest in found if name == "likewise_stage_seconds_count" for stage in rest} == {
        "decode", "encode", "search", "thumbnail",
    }  # fmt: skip
    assert found["likewise_pictures_refused_total", "wrong-format"] == 1
    assert found["likewise_pictures_refused_total", "too-large"] == 1
    assert found["likewise_requests_in_flight",] == 0
    assert found["likewise_serve_index_products",] == 48
    assert found["likewise_serve_index_rejects",] == 0
    assert 0 <= found["likewise_serve_index_age_seconds",] < 600
    assert found["likewise_serve_index_info", "fake", "pca", "v000001"] == 1


def test_whoever_asks_for_many_addresses_makes_no_series(http):
    for at in range(30):
        http.get(f"/v1/similar/{at}")
        http.get(f"/nothing/{at}")
        http.request(("PUT", "PATCH", "DELETE", "TRACE")[at % 4], "/healthz")
    names = {key for key in numbers(http) if key[0] == "likewise_http_request_seconds_count"}
    assert len(names) < 12
