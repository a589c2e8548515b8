"""The endpoints, over a socket."""

import contextlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from likewise.ingest import Recipe
from likewise.ingest.errors import LikewiseError, StoreBusyError, StoreError, VersionGoneError, WeightsError
from likewise.search import Not, SearchClient
from likewise.search.service import errors
from likewise.search.service.uploads import MAX_BODY


class SlowEncoder:
    """Counts how many threads are inside at once."""

    def __init__(self, encoder):
        self._encoder = encoder
        self._lock = threading.Lock()
        self.most = self._inside = 0

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode(self, pixels):
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        threading.Event().wait(0.01)
        with self._lock:
            self._inside -= 1
        return self._encoder.encode(pixels)


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_index, make_encoder, serving):
    folder = tmp_path_factory.mktemp("service")
    store = make_index(folder)
    encoder = SlowEncoder(make_encoder())
    with serving(lambda: store, encoder) as http:
        while http.get("/readyz").status_code != 200:
            pass
        yield http, store, folder / "catalog", encoder


@pytest.fixture
def http(setting):
    return setting[0]


@pytest.fixture
def picture(setting):
    return (setting[2] / "images" / "121.png").read_bytes()


@pytest.fixture
def client(setting, make_encoder):
    with SearchClient.open(setting[1], encoder=make_encoder()) as opened:
        yield opened


def as_json(hits):
    return [{"id": hit.id, "score": pytest.approx(hit.score, abs=1e-5), "payload": hit.payload} for hit in hits]


def test_health_and_readiness(http):
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json() == {"status": "ready", "version": "v000001", "products": 48}


def test_similar_answers_like_the_client(http, client):
    hits = as_json(client.similar("110"))
    assert http.get("/v1/similar/110").json() == {"version": "v000001", "hits": hits, "next": 6}
    found = http.get("/v1/similar/110?k=9&probe=all&where=gender=Men&where=baseColour!=Red").json()
    where = {"gender": "Men", "baseColour": Not("Red")}
    assert found["hits"] == as_json(client.similar("110", 9, probe="all", where=where))
    assert len(found["hits"]) == 9
    best = http.get("/v1/similar/110?threshold=0.9&include_self=true").json()
    assert best["hits"] == as_json(client.similar("110", include_self=True, score_threshold=0.9))
    any_of = http.get("/v1/similar/110?k=40&probe=all&where=baseColour=Red&where=baseColour=Blue").json()
    assert {hit["payload"]["baseColour"] for hit in any_of["hits"]} == {"Red", "Blue"}


def test_a_picture_is_found(http, client, picture):
    found = http.post("/v1/similar?k=3&probe=2&where=articleType=Casual Shoes", content=picture).json()
    where = {"articleType": "Casual Shoes"}
    assert found["hits"] == as_json(client.similar_to_image(picture, 3, probe=2, where=where))
    assert http.post("/v1/similar", content=picture).json()["hits"][0]["id"] == "121"


def test_a_picture_is_searched_with_the_prior_and_the_threshold_of_the_index(
    serving, make_index, encoder, until, tmp_path
):
    params = {"n_components": 8, "members": 1, "hidden": 16}
    store = make_index(
        tmp_path, Recipe(reducer="attributes", reducer_params=params, clusterer_params={"n_clusters": 4})
    )
    picture = (tmp_path / "catalog" / "images" / "121.png").read_bytes()
    with serving(lambda: store, encoder) as http, SearchClient.open(store, encoder=encoder) as client:
        until(lambda: http.get("/readyz").status_code == 200)
        for query, options in (
            ("", {}),
            ("?prior=0", {"prior": 0.0}),
            ("?threshold=confident&probe=all", {"score_threshold": "confident", "probe": "all"}),
        ):
            answer = http.post(f"/v1/similar{query}", content=picture).json()
            assert answer["hits"] == as_json(client.similar_to_image(picture, **options))


def test_a_product_is_its_payload(http, client):
    assert http.get("/v1/products/117").json() == client.get("117")


@pytest.mark.parametrize(
    ("path", "status", "kind", "text"),
    [
        ("/v1/similar/4711", 404, "NotFoundError", "no product '4711' in version v000001"),
        ("/v1/products/a%2Fb", 404, "NotFoundError", "no product 'a/b'"),
        ("/v1/products/" + quote("ключ"), 404, "NotFoundError", "'ключ'"),
        ("/v1/similar/100?k=0", 400, "ParameterError", "received 0"),
        ("/v1/similar/100?k=six", 400, "ParameterError", "k must be a whole number; received 'six'"),
        ("/v1/similar/100?k=" + "9" * 5000, 400, "ParameterError", "k must be a whole number"),
        ("/v1/similar/100?probe=most", 400, "ParameterError", "probe must be a whole number or `all`; received 'most'"),
        ("/v1/similar/100?where=gender", 400, "ParameterError", "not KEY=VALUE"),
        ("/v1/similar/100?where=gander=Men", 400, "ParameterError", "Did you mean 'gender'"),
        ("/v1/similar/100?threshold=high", 400, "ParameterError", "threshold must be a number or `confident`"),
        ("/v1/similar/100?prior=0.5", 400, "ParameterError", "learns no attributes"),
        ("/v1/similar/100?prob=2", 400, "ParameterError", "Unknown parameter 'prob'. Known: k, where, probe, "),
        ("/v1/nothing", 404, "HTTPException", "Not Found"),
        ("/v1/similar", 400, "ParameterError", "picture is missing"),
        ("/v1/recommend", 405, "HTTPException", "Method Not Allowed"),
    ],
)
def test_errors_say_what_is_wrong(http, path, status, kind, text):
    answer = http.get(path)
    assert (answer.status_code, answer.json()["type"]) == (status, kind)
    assert text in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "empty"), (b"not a picture", "wrong-format"), (b"\x89PNG\r\n\x1a\n", "wrong-format")]
)
def test_a_broken_picture_is_refused(http, body, reason):
    answer = http.post("/v1/similar", content=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "ImageError")
    assert answer.json()["error"].startswith(f"{reason}: ")


def test_a_form_with_a_picture_is_the_picture(http, picture):
    found = http.post("/v1/similar?k=3", files={"other": b"x", "image": ("a.png", picture)}, data={"name": "x"})
    assert found.json() == http.post("/v1/similar?k=3", content=picture).json()


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (b"", "multipart/form-data", "The form has no boundary"),
        (b"nonsense", "multipart/form-data; boundary=x", "The form cannot be read"),
        (b"--x--\r\n", "multipart/form-data; boundary=x", "no field 'image'"),
        (b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nabc', "multipart/form-data; boundary=x", "cut"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc\r\n--x--', "multipart/form-data; boundary=x",
         "no field 'image'"),
        (b"--x\r\nA: b\r\n\r\n\r\n" * 20 + b"--x--", "multipart/form-data; boundary=x", "more than 16 fields"),
    ],
)  # fmt: skip
def test_a_form_without_a_picture_is_told_what_it_lacks(http, content, kind, text):
    answer = http.post("/v1/similar", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert text in answer.json()["error"]


def test_a_body_at_the_bound_is_read_and_one_over_it_is_not(http, picture):
    assert http.post("/v1/similar", content=picture.ljust(MAX_BODY, b"\0")).status_code == 200
    for over in (bytes(MAX_BODY + 1), (bytes(2**20) for _ in range(17))):
        answer = http.post("/v1/similar", content=over)
        assert (answer.status_code, answer.json()["type"]) == (413, "ImageError")
        assert "more than 16,777,216 bytes" in answer.json()["error"]


def test_a_body_far_over_the_bound_is_refused_before_it_is_sent(http):
    with socket.create_connection((http.base_url.host, http.base_url.port), timeout=20) as wire:
        wire.sendall(b"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in wire.recv(4096)


def test_senders_that_stall_or_leave_harm_nobody(http, caplog):
    request = b"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"
    with contextlib.ExitStack() as stack:
        for at in range(20):
            wire = stack.enter_context(socket.create_connection((http.base_url.host, http.base_url.port)))
            wire.sendall(request)
            if at % 2:
                wire.close()
        assert http.get("/v1/similar/100").status_code == 200
        assert http.post("/v1/similar", content=b"x", timeout=5).status_code == 422
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_pictures_are_encoded_one_at_a_time_while_others_search(setting, picture):
    http, _, _, encoder = setting
    with ThreadPoolExecutor(16) as pool:
        pictures = [pool.submit(http.post, "/v1/similar?k=1", content=picture) for _ in range(24)]
        others = [pool.submit(http.get, f"/v1/similar/{100 + at}?probe=2") for at in range(48)]
        assert {future.result().json()["hits"][0]["id"] for future in pictures} == {"121"}
        assert {future.result().status_code for future in others} == {200}
    assert encoder.most == 1


def test_every_error_for_users_has_a_status():
    def classes(base):
        return [base, *(found for child in base.__subclasses__() for found in classes(child))]

    direct = {found.__name__: errors.STATUS.get(found) for found in classes(LikewiseError)}
    assert {name for name, status in direct.items() if status} == {
        "ParameterError", "NotFoundError", "IncompatibleError", "ImageError", "StoreError", "WeightsError",
        "RefusedAddressError",
    }  # fmt: skip


def test_without_an_index_it_lives_but_is_not_ready(serving, tmp_path, make_index, encoder, until, caplog):
    made = []

    def connect():
        if not made:
            raise StoreError("http://qdrant.internal:6333/shop does not answer.")
        return made[0]

    with serving(connect, encoder, refresh=0.05) as http:
        assert http.get("/healthz").status_code == 200
        until(lambda: "qdrant.internal" in caplog.text)
        for path in ("/readyz", "/v1/similar/100", "/v1/products/100"):
            answer = http.get(path)
            assert answer.status_code == 503
            assert answer.json() == {"error": errors.UNAVAILABLE, "type": "StoreError"}
        assert "Answered with 503: No index is open. http://qdrant.internal:6333/shop does not" in caplog.text
        made.append(make_index(tmp_path))
        until(lambda: http.get("/readyz").status_code == 200)


@pytest.mark.parametrize("kind", [StoreError, VersionGoneError, StoreBusyError, WeightsError])
def test_a_503_tells_the_log_why_and_strangers_nothing(http, monkeypatch, caplog, kind):
    def away(*_, **__):
        raise kind("http://qdrant.internal:6333/shop does not answer.")

    monkeypatch.setattr(SearchClient, "similar", away)
    answer = http.get("/v1/similar/103?k=19")
    assert (answer.status_code, answer.json()) == (503, {"error": errors.UNAVAILABLE, "type": kind.__name__})
    assert "qdrant.internal" in caplog.text


def test_a_foreign_error_shows_neither_its_text_nor_a_traceback(serving, encoder, until, caplog):
    def connect():
        raise RuntimeError("header api-key: s3cret")

    with serving(connect, encoder) as http:
        until(lambda: "No index is open. RuntimeError; see above." in http.get("/readyz").text + caplog.text)
        answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["error"]) == (503, errors.UNAVAILABLE)


def test_a_bug_is_a_500_without_its_text(http, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("s3cret")

    monkeypatch.setattr(SearchClient, "similar", broken)
    answer = http.get("/v1/similar/103?k=19")
    assert answer.status_code == 500
    assert json.loads(answer.text) == {"error": "A bug in Likewise; see the service's log.", "type": "InternalError"}
