"""The files that every shop already has, indexed without an option, with pictures from the web."""

import dataclasses
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Job, ReadingOptions, Recipe, RejectLimit, Rules, ingest
from likewise.ingest import run as run_job
from likewise.search import SearchClient

COUNT = 12
RECIPE = Recipe(
    reducer_params={"n_components": 4},
    clusterer_params={"n_clusters": 2},
    # The server of these tests is this machine.
    reading=ReadingOptions(allow_private=True),
)


class Quiet(SimpleHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        type(self).asked += 1
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A folder of pictures on a server: `<number>-<view>.png`, and its address."""
    folder = tmp_path_factory.mktemp("web")
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        for view in range(2):
            pixels = np.kron(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8), np.ones((6, 6, 1), np.uint8))
            Image.fromarray(pixels).save(folder / f"{number}-{view}.png")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shops(makers, web):
    """A dozen products, every third with two pictures."""
    first = makers.PRODUCTS[0]
    return [
        dataclasses.replace(
            first,
            id=str(100 + number),
            title=f"Product {number}",
            brand=("Acme", "Nørd & Söhne")[number % 2],
            colour=("White", "Red", "Blue")[number % 3],
            price=f"{9 + number}.90",
            pictures=tuple(f"{web}/{number}-{view}.png" for view in range(1 + (number % 3 == 0))),
            in_stock=number % 4 != 0,
        )
        for number in range(COUNT)
    ]


@pytest.fixture(autouse=True)
def cache_of_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))


FORMS = {
    "feed.xml": lambda makers, shops: makers.google_rss(shops),
    "feed.xml.gz": lambda makers, shops: makers.google_atom(shops),
    "feed.txt": lambda makers, shops: makers.google_tsv(shops),
    "products_export.csv": lambda makers, shops: makers.shopify_csv(shops),
    "wc-product-export.csv": lambda makers, shops: makers.woo_csv([makers.woo_row(shop) for shop in shops]),
}


def told(shop, payload):
    """What a payload says of a product, in the terms of the shop."""
    images = payload["image"] if isinstance(payload["image"], list) else [payload["image"]]
    return dataclasses.replace(
        shop,
        title=payload["title"],
        brand=payload["brand"],
        colour=payload["colour"],
        price=f"{payload['price']:.2f}",
        in_stock=payload["in_stock"],
        pictures=tuple(images),
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_is_indexed_without_an_option(makers, shops, encoder, any_store, tmp_path, form):
    path = makers.save(tmp_path / form, FORMS[form](makers, shops))
    outcome = ingest(path, any_store, recipe=RECIPE, encoder=encoder)
    assert (outcome.products, outcome.manifest.pictures, outcome.rejects) == (COUNT, COUNT + 4, [])
    with SearchClient.open(any_store, encoder=encoder) as client:
        assert [told(shop, client.get(shop.id)) for shop in shops] == shops
        assert client.manifest.schema.type_of("price") == "float"
        assert client.count({"price": {"lt": 12}}) == 3
        assert client.count({"in_stock": True}) == 9
        assert client.facets("brand") == {"Acme": 6, "Nørd & Söhne": 6}
    assert run_job(Job(path, any_store, encoder=encoder)).outcome == "nothing"


def test_what_a_server_does_not_have_is_a_reject_with_its_reason(makers, shops, web, encoder, any_store, tmp_path):
    gone = dataclasses.replace(shops[0], pictures=(f"{web}/none.png",))
    half = dataclasses.replace(shops[3], pictures=(f"{web}/none.png", shops[3].pictures[1]))
    listed = [gone, *shops[1:3], half, *shops[4:]]
    path = makers.save(tmp_path / "feed.xml", makers.google_rss(listed))
    rules = Rules(reject_limit=RejectLimit.parse("50%"))
    outcome = ingest(path, any_store, recipe=RECIPE, rules=rules, encoder=encoder)
    assert [(each.id, each.reason) for each in outcome.rejects] == [("100", "not-found")]
    assert [(each.id, each.reason) for each in outcome.warnings] == [("103", "not-found")]
    assert outcome.products == COUNT - 1


def test_pictures_are_fetched_once(makers, shops, encoder, any_store, tmp_path):
    path = makers.save(tmp_path / "feed.xml", makers.google_rss(shops))
    ingest(path, any_store, recipe=RECIPE, encoder=encoder)
    before = Quiet.asked
    assert run_job(Job(path, any_store, encoder=encoder)).encoded == 0
    # Asked whether they are still the same, each once.
    assert Quiet.asked - before <= COUNT + 4


def test_private_addresses_are_refused_unless_allowed(makers, shops, encoder, any_store, tmp_path):
    path = makers.save(tmp_path / "feed.xml", makers.google_rss(shops))
    recipe = dataclasses.replace(RECIPE, reading=ReadingOptions())
    with pytest.raises(Exception, match="refused-address"):
        ingest(path, any_store, recipe=recipe, encoder=encoder)


def test_pictures_whose_server_is_down_are_counted_and_stay(makers, shops, encoder, any_store, tmp_path, monkeypatch):
    path = makers.save(tmp_path / "feed.txt", makers.google_tsv(shops))
    ingest(path, any_store, recipe=RECIPE, encoder=encoder)
    monkeypatch.setattr(Quiet, "do_GET", lambda self: self.send_error(403 if self.path == "/0-0.png" else 503))
    monkeypatch.setattr("likewise.ingest.images.sources.fetch.random.uniform", lambda *_: 0.0)
    outcome = ingest(path, any_store, encoder=encoder)
    assert outcome.to_dict()["stale"] == outcome.stale > 0
    assert outcome.products == COUNT
