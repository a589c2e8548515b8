"""What a visitor may see: no address leads around the standing filter, nor to a hidden column."""

import dataclasses
import re

import any_shop
import pytest

from likewise.ingest import ingest
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search.filtering.text_filters import parse_where_options
from likewise.search.service.client import ServedClient
from likewise.search.service.settings import Settings

STANDING = ("in_stock=true",)
HIDDEN = ("stock", "category")
SOLD_OUT, THERE = "A-003", "A-004"


def client_of(reader, encoder):
    return ServedClient(reader, encoder=encoder, always=parse_where_options(STANDING))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_encoder):
    folder = tmp_path_factory.mktemp("visitors")
    table = any_shop.write(folder, [any_shop.row(number) for number in range(120)])
    ingest(table, EmbeddedStore(folder / "index", create=True), recipe=any_shop.RECIPE, encoder=make_encoder())
    return folder


@pytest.fixture(scope="module")
def http(folder, make_encoder, serving, until):
    store = EmbeddedStore(folder / "index")
    with serving(lambda: store, make_encoder(), client=client_of, where=STANDING, hide=HIDDEN) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


@pytest.fixture(scope="module")
def picture(folder):
    return (folder / "photos" / "3.png").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/products/{}",
        "/v1/similar/{}",
        "/v1/similar/{}?include_self=true",
        "/v1/images/{}",
        "/v1/images/{}?ref=photos/3.png",
    ],
)
def test_a_product_that_is_kept_back_does_not_exist(http, path):
    kept, unknown = http.get(path.format(SOLD_OUT)), http.get(path.format("A-999"))
    assert kept.status_code == unknown.status_code == 404
    assert kept.json()["error"] == unknown.json()["error"].replace("A-999", SOLD_OUT)
    assert http.get(path.format(THERE).replace("3.png", "4.png")).status_code == 200


def test_it_cannot_be_liked(http):
    assert http.post("/v1/recommend", json={"liked": [SOLD_OUT]}).status_code == 404
    assert http.post("/v1/recommend", json={"liked": [THERE], "disliked": [SOLD_OUT]}).status_code == 404


@pytest.mark.parametrize("options", ["", "&where=in_stock=no", "&where=in_stock=no || in_stock=yes", "&fallback=true"])
def test_no_search_finds_one(http, picture, options):
    answers = [
        http.get(f"/v1/similar/{THERE}?k=100&probe=all{options}"),
        http.post(f"/v1/similar?k=100&probe=all{options}", content=picture),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert all(hit["payload"]["in_stock"] for hit in answer.json()["hits"])


def test_no_count_and_no_page_has_one(http):
    assert http.get("/readyz").json()["products"] == 80
    assert http.get("/v1/schema").json()["products"] == 80
    assert http.get("/v1/facets/in_stock").json()["values"] == [{"value": True, "count": 80}]
    assert http.get("/v1/products?limit=100").json()["total"] == 80
    assert http.get("/v1/products?limit=100&where=in_stock=no").json()["products"] == []
    assert SOLD_OUT not in [each["id"] for each in http.get("/v1/products?varied=true&limit=100").json()["products"]]
    assert SOLD_OUT not in http.get("/v1/map").json()["ids"]


def test_what_holds_hits_back_does_not_tell_of_it(http):
    answer = http.get(f"/v1/similar/{THERE}?k=100&probe=all&where=brand=Nike&fallback=true").json()
    assert [each["condition"] for each in answer["short"]["without"]] == ["brand=Nike"]
    assert "in_stock=" not in str(answer["short"])


@pytest.mark.parametrize("column", HIDDEN)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/similar/A-004?where={}=1",
        "/v1/similar/A-004?where=brand=Nike || {}=1",
        "/v1/similar/A-004?where={}=*",
        "/v1/similar/A-004?group_by={}",
        "/v1/similar/A-004?boost={}",
        "/v1/products?where={}=1",
        "/v1/facets/{}",
        "/v1/facets/brand?where={}!=1",
        "/v1/map?colour={}",
    ],
)
def test_a_hidden_column_is_no_column(http, path, column):
    answer = http.get(path.format(column))
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    error = answer.json()["error"]
    known = error.partition("Known: ")[2] or error.partition("column: ")[2].partition(";")[0]
    assert "brand" in known
    assert column not in known.rstrip(".").split(", ")


@pytest.mark.parametrize(
    "path",
    ["/v1/similar/A-004?group_by={}", "/v1/similar/A-004?boost={}", "/v1/similar/A-004?where={}=1", "/v1/facets/{}"],
)
def test_no_hint_at_a_misspelt_name_tells_a_hidden_one(http, path):
    for misspelt in ("stok", "categry"):
        answer = http.get(path.format(misspelt))
        assert answer.status_code == 400
        assert {"stock", "category"}.isdisjoint(re.findall(r"\w+", answer.json()["error"]))


def test_an_unknown_product_does_not_tell_how_many_are_kept_back(http):
    assert "120" not in http.get("/v1/products/A-999").json()["error"]


def test_a_search_has_a_number_of_conditions_that_it_can_count(http):
    several = [("where", f"price>{number}.5") for number in range(33)]
    answer = http.get("/v1/similar/A-004", params=several)
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert "up to 32 conditions" in answer.json()["error"]
    assert http.get("/v1/similar/A-004", params=several[:32]).status_code == 200
    values = {"liked": ["A-004"], "where": [f"brand=B{number}" for number in range(1001)]}
    assert http.post("/v1/recommend", json=values).status_code == 400
    assert http.post("/v1/recommend", json={**values, "where": values["where"][1:]}).status_code == 200


def test_a_hidden_column_is_in_no_answer(http, picture):
    told = [
        http.get("/v1/products/A-004"),
        http.get("/v1/products"),
        http.get("/v1/products?varied=true"),
        http.get("/v1/similar/A-004"),
        http.post("/v1/similar", content=picture),
        http.post("/v1/recommend", json={"liked": ["A-004"]}),
        http.get("/v1/schema"),
        http.get("/openapi.json"),
    ]
    for answer in told:
        assert answer.status_code == 200, answer.text
        assert '"stock"' not in answer.text
        assert '"category"' not in answer.text.replace('"category":[]', "")


def test_hidden_pictures_are_not_shown(folder, make_encoder, serving, until):
    store = EmbeddedStore(folder / "index")
    with serving(lambda: store, make_encoder(), hide=("image",)) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        assert http.get("/v1/images/A-004").status_code == 404
        assert "image" not in http.get("/v1/products/A-004").json()
        assert http.get("/v1/schema").json()["capabilities"]["images"] is False


def test_a_column_that_is_misspelt_is_not_hidden_in_silence(folder):
    schema = EmbeddedStore(folder / "index").open().manifest.schema
    Settings(hide=HIDDEN).check(schema)
    with pytest.raises(ParameterError, match="--hide stok: there is no such column"):
        Settings(hide=("stok",)).check(schema)
    for ours in ("id", "cluster"):
        with pytest.raises(ParameterError, match=f"--hide {ours}"):
            Settings(hide=(ours,)).check(schema)


def test_a_version_in_which_the_standing_filter_means_nothing_is_not_shown(folder, make_encoder, serving, until):
    store = EmbeddedStore(folder / "index")
    with serving(lambda: store, make_encoder(), client=client_of, where=STANDING, refresh=0.05) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        with store.open() as reader:
            schema = dataclasses.replace(reader.manifest.schema, columns=reader.manifest.schema.columns)
            roles = {role: tuple(name for name in names if name != "in_stock") for role, names in schema.roles.items()}
            manifest = dataclasses.replace(reader.manifest, schema=dataclasses.replace(schema, roles=roles))
            writer = store.begin(manifest, reader.model(), parent=reader.version)
            writer.commit(manifest).publish()
        try:
            assert store.current() == "v000002"
            for _ in range(10):
                assert http.get("/readyz").json() == {"status": "ready", "version": "v000001", "products": 80}
        finally:
            store.rollback()
