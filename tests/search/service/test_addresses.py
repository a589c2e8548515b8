"""A picture by its address: from hosts that the catalog names, and from no other."""

import contextlib
import http.server
import threading

import pytest

from likewise.ingest import ReadingOptions, Recipe

MODEL = {"reducer_params": {"n_components": 8}, "clusterer_params": {"n_clusters": 4}}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, make_catalog):
    """A web server of the catalog's pictures, with what it was asked."""
    folder = make_catalog(tmp_path_factory.mktemp("site")) / "images"
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, directory=folder, **kwargs)

        def log_message(self, *_):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked, folder
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def serve(tmp_path_factory, make_index, make_encoder, serving, until):
    @contextlib.contextmanager
    def serve(**reading):
        store = make_index(tmp_path_factory.mktemp("index"), Recipe(**MODEL, reading=ReadingOptions(**reading)))
        with serving(lambda: store, make_encoder()) as client:
            until(lambda: client.get("/readyz").status_code == 200)
            yield client

    return serve


@pytest.fixture(scope="module")
def allowed(serve):
    with serve(image_hosts=("127.0.0.1",), allow_private=True) as client:
        yield client


def test_a_picture_on_a_host_of_the_catalog_is_searched_with(allowed, pictures):
    url, _, folder = pictures
    answer = allowed.post("/v1/similar?k=3", json={"url": f"{url}/121.png"}).json()
    assert answer == allowed.post("/v1/similar?k=3", content=(folder / "121.png").read_bytes()).json()
    assert answer["hits"][0]["id"] == "121"
    assert allowed.get("/v1/schema").json()["capabilities"]["addresses"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "address", ["http://localhost:{}/121.png", "http://evil.example/a.png", "file:///etc/passwd", "http://[::1]:{}/1"]
)
def test_other_addresses_are_refused_without_a_word_of_the_network(allowed, pictures, address):
    url, asked, _ = pictures
    before = list(asked)
    answer = allowed.post("/v1/similar", json={"url": address.format(url.rpartition(":")[2])})
    assert (answer.status_code, answer.json()["type"]) == (403, "RefusedAddressError")
    assert answer.json()["error"] == "Pictures are fetched from 127.0.0.1 only; send the bytes of the image file."
    assert asked == before


def test_an_address_without_a_picture_is_told_so(allowed, pictures):
    answer = allowed.post("/v1/similar", json={"url": f"{pictures[0]}/none.png"})
    assert (answer.status_code, answer.json()["type"]) == (422, "ImageError")
    assert answer.json()["error"].startswith("not-found: ")


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"url": 1}', b'{"url": "x", "k": 2}', b"{", b"\xff"])
def test_json_that_names_no_picture_is_told_how_it_would(allowed, body):
    answer = allowed.post("/v1/similar", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert '"url"' in answer.json()["error"]


def test_json_is_short(allowed):
    answer = allowed.post("/v1/similar", json={"url": "http://127.0.0.1/" + "x" * 70_000})
    assert answer.status_code == 413


def test_a_catalog_that_names_no_host_allows_none(serve, pictures):
    url, asked, _ = pictures
    before = list(asked)
    with serve(allow_private=True) as http:
        answer = http.post("/v1/similar", json={"url": f"{url}/121.png"})
        assert answer.status_code == 403
        assert "allows no host" in answer.json()["error"]
        assert http.get("/v1/schema").json()["capabilities"]["addresses"] == []
        body = http.get("/openapi.json").json()["paths"]["/v1/similar"]["post"]["requestBody"]["content"]
        assert "application/json" not in body
    assert asked == before
