"""What every request passes through: ids, headers, tokens, origins, the path below which a proxy shows the service."""

import json
import logging
from contextlib import contextmanager

import pytest

from likewise.ingest.errors import ParameterError
from likewise.search.service.settings import Settings

PATHS = ("/", "/healthz", "/readyz", "/v1/similar/100", "/v1/similar/4711", "/v1/nothing", "/openapi.json", "/metrics")


@pytest.fixture(scope="module")
def store(tmp_path_factory, make_index):
    return make_index(tmp_path_factory.mktemp("middlewares"))


@pytest.fixture(scope="module")
def serve(store, make_encoder, serving, until):
    """A service with these settings, ready."""

    @contextmanager
    def serve(**settings):
        with serving(lambda: store, make_encoder(), **settings) as http:
            headers = {"Authorization": f"Bearer {settings['token']}"} if "token" in settings else {}
            until(lambda: http.get(f"{settings.get('prefix', '')}/readyz", headers=headers).status_code == 200)
            yield http

    return serve


@pytest.fixture(scope="module")
def http(serve):
    with serve() as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_its_id_and_the_headers_of_safety(http, path):
    answer = http.get(path)
    assert len(answer.headers["X-Request-ID"]) == 16
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert ("X-Likewise-Version" in answer.headers) == path.startswith("/v1/")


def test_a_request_keeps_the_id_that_a_proxy_gave_it(http):
    assert http.get("/healthz", headers={"X-Request-ID": "proxy-42.a_b"}).headers["X-Request-ID"] == "proxy-42.a_b"
    for forged in ("x" * 65, "a b", 'a"b', ""):
        assert len(http.get("/healthz", headers={"X-Request-ID": forged}).headers["X-Request-ID"]) == 16


def test_head_is_get_without_a_body(http):
    for path in ("/", "/healthz", "/v1/products/100"):
        head, get = http.head(path), http.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_what_an_address_does_not_know_is_told_with_what_it_does(http):
    answer = http.put("/v1/similar")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert http.delete("/v1/products/100").headers["Allow"] == "GET, HEAD"
    assert http.get("/v1/recommend").headers["Allow"] == "POST"


def test_the_log_has_a_line_a_request_without_what_was_asked(http, caplog, until):
    caplog.set_level(logging.INFO, "likewise.requests")
    answer = http.get("/v1/similar/117?where=baseColour=Red", headers={"X-Request-ID": "abc"})
    assert answer.status_code == 200

    def lines():
        return [each for each in caplog.records if each.name == "likewise.requests"]

    # It is written once the answer has been sent.
    until(lines)
    (record,) = lines()
    fields = record.fields
    assert {**fields, "ms": 0} == {
        "request": "abc", "method": "GET", "route": "/v1/similar/{id:path}", "status": 200, "ms": 0,
    }  # fmt: skip
    assert 0 < fields["ms"] < 60_000
    assert "117" not in json.dumps(fields)
    assert "Red" not in json.dumps(fields)


def test_without_being_asked_no_other_origin_may_read(http):
    answer = http.get("/v1/similar/100", headers={"Origin": "https://shop.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = http.options(
        "/v1/recommend", headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 405


def test_the_origins_that_were_named_may_read(serve):
    origin = {"Origin": "https://shop.example"}
    with serve(cors=("https://shop.example",), token="s3cret") as http:
        preflight = http.options(
            "/v1/recommend",
            headers={
                **origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "Authorization, Content-Type",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        answer = http.get("/v1/similar/100", headers={**origin, "Authorization": "Bearer s3cret"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "X-Likewise-Version" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        other = http.get("/healthz", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


def test_only_who_bears_the_token_is_answered(serve):
    with serve(token="s3cret") as http:
        assert http.get("/healthz").status_code == http.get("/readyz").status_code == 200
        for path in (
            "/v1/similar/100",
            "/v1/nothing",
            "/metrics",
            "/openapi.json",
            "/healthz/",
            "/static",
            "/static/../v1/schema",
        ):
            for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}):
                answer = http.get(path, headers=given)
                assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path
                assert answer.json()["type"] == "UnauthorizedError"
        # They tell nothing of the catalog, and browsers load them before they can bear anything.
        for path in ("/", "/widget.js", "/example", "/static/page.js"):
            assert http.get(path).status_code == 200, path
        borne = {"Authorization": "bearer s3cret"}
        assert http.get("/v1/similar/100", headers=borne).status_code == 200
        image = http.get("/v1/images/100", headers=borne)
        assert image.headers["Cache-Control"].startswith("private")
        document = http.get("/openapi.json", headers=borne).json()
        assert document["paths"]["/v1/schema"]["get"]["security"] == [{"token": []}]
        assert "security" not in document["paths"]["/healthz"]["get"]


@pytest.mark.parametrize("prefix", ["/likewise", "/shop/likewise/"])
def test_below_a_prefix_it_answers_whether_a_proxy_leaves_it_or_not(serve, prefix):
    plain = prefix.rstrip("/")
    with serve(prefix=plain) as http:
        for path in ("/healthz", "/v1/similar/100", "/v1/products/100", "/"):
            left, taken = http.get(f"{plain}{path}"), http.get(path)
            assert left.status_code == taken.status_code == 200
            assert left.content == taken.content
        moved = http.get(plain)
        assert (moved.status_code, moved.headers["Location"]) == (308, f"{plain}/")
        assert moved.headers["X-Request-ID"]
        assert http.get(f"{plain}?id=a%20b&k=3").headers["Location"] == f"{plain}/?id=a%20b&k=3"
        assert http.get("/openapi.json").json()["servers"] == [{"url": plain}]
        assert http.get(f"{plain}else/healthz").status_code == 404


def test_no_path_leads_out_of_the_folder_of_the_page(http):
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/",
    ):
        assert http.get(path).status_code == 404, path


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": "likewise"}, {"prefix": "/a b"}, {"prefix": "/a?b"}, {"prefix": "//evil.example"},
        {"cors": ("shop.example",)}, {"cors": ("https://shop.example/",)}, {"cors": ("ftp://shop.example",)},
        {"token": "two words"}, {"token": "schlüssel"},
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ParameterError):
        Settings(**wrong)


def test_secrets_are_not_shown():
    assert "s3cret" not in repr(Settings(token="s3cret"))
