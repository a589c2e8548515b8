"""A service over a socket while versions are published under it, and while its network is still loaded."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from likewise.ingest.index.stores.embedded import EmbeddedStore


@pytest.fixture
def store(tmp_path, make_index):
    make_index(tmp_path)
    return EmbeddedStore(tmp_path / "index")


@pytest.fixture
def picture(tmp_path, store):
    return (tmp_path / "catalog" / "images" / "121.png").read_bytes()


def publish_another(store, **changes):
    with store.open() as reader:
        manifest = dataclasses.replace(reader.manifest, parent=reader.version, **changes)
        writer = store.begin(manifest, reader.model(), parent=reader.version)
        writer.commit(manifest).publish()


class Wrapped:
    def __init__(self, encoder):
        self.go = threading.Event()
        self._encoder = encoder

    def __getattr__(self, name):
        return getattr(self._encoder, name)


class Slow(Wrapped):
    """An encoder whose network is loaded when it is let go."""

    def prepare(self, image):
        assert self.go.wait(20)
        return self._encoder.prepare(image)


def test_ready_means_searches_by_id_and_a_picture_waits_for_the_network(store, picture, make_encoder, serving, until):
    encoder = Slow(make_encoder())
    with serving(lambda: store, encoder) as http, ThreadPoolExecutor(1) as pool:
        until(lambda: http.get("/readyz").status_code == 200)
        early = pool.submit(http.post, "/v1/similar", content=picture)
        for at in range(100, 110):
            assert http.get(f"/v1/similar/{at}?k=3").status_code == 200
        assert not early.done()
        encoder.go.set()
        assert early.result(20).json()["hits"][0]["id"] == "121"


def test_no_request_fails_while_versions_are_published(store, picture, make_encoder, serving, until):
    with serving(lambda: store, make_encoder(), refresh=0.1) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        end, seen, failed = threading.Event(), set(), []

        def ask(send):
            while not end.is_set():
                answer = send()
                seen.add(answer.headers["X-Likewise-Version"])
                if answer.status_code != 200 or answer.json()["version"] != answer.headers["X-Likewise-Version"]:
                    failed.append(answer.text)

        sends = [
            lambda: http.get("/v1/similar/100?k=6&where=gender=Men"),
            lambda: http.post("/v1/similar", content=picture),
            lambda: http.post("/v1/recommend", json={"liked": ["100"], "disliked": ["101"]}),
            lambda: http.get("/v1/facets/gender"),
            lambda: http.get("/v1/map"),
        ]
        threads = [threading.Thread(target=ask, args=(send,)) for send in sends]
        for thread in threads:
            thread.start()
        for at in range(2, 6):
            publish_another(store)
            until(lambda at=at: f"v{at:06d}" in seen)
        end.set()
        for thread in threads:
            thread.join()
        assert failed == []


def test_a_picture_is_seen_again_where_the_next_version_has_another_encoder(
    store, picture, make_encoder, serving, until
):
    class Publishing(Wrapped):
        """Another version, by another encoder, is published while this one looks at a picture."""

        def prepare(self, image):
            found = self._encoder.prepare(image)
            if self.armed:
                self.armed = False
                spec = dataclasses.replace(self.spec, fingerprint="another")
                publish_another(store, encoder=spec)
                until(lambda: http.get("/v1/facets/gender").headers["X-Likewise-Version"] == "v000002")
            return found

    first, second = Publishing(make_encoder()), make_encoder("another")
    first.armed = False

    def encoder(manifest):
        return second if manifest.encoder.fingerprint == "another" else first

    with serving(lambda: store, encoder, refresh=0.05, choose=True) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        name = http.post("/v1/similar", content=picture).json()["picture"]
        first.armed = True
        seen = second.seen
        answer = http.post("/v1/similar?k=2", content=picture + b"\0").json()
        assert (answer["version"], answer["hits"][0]["id"]) == ("v000002", "121")
        assert second.seen > seen
        # What the earlier encoder has seen says nothing to this one.
        assert http.get(f"/v1/similar?picture={name}").status_code == 404


def test_features_survive_a_swap_with_the_same_encoder(store, picture, make_encoder, serving, until):
    encoder = make_encoder()
    with serving(lambda: store, encoder, refresh=0.05) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        name = http.post("/v1/similar", content=picture).json()["picture"]
        publish_another(store)
        until(lambda: http.get("/readyz").json()["version"] == "v000002")
        seen = encoder.seen
        answer = http.get(f"/v1/similar?picture={name}").json()
        assert (answer["version"], answer["hits"][0]["id"]) == ("v000002", "121")
        assert http.post("/v1/similar", content=picture).json() == answer
        assert encoder.seen == seen
