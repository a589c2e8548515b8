"""A shop's own table, ten columns of all types, through the whole engine, on every store."""

import json
from dataclasses import replace
from datetime import date

import pytest
from any_shop import RECIPE, row, write

from likewise.ingest import Job, ReadingOptions, Recipe, RecipeOptions, RejectLimit, Rules, ingest
from likewise.ingest import run as run_job
from likewise.ingest.errors import CatalogError, ParameterError
from likewise.ingest.index.filters import All, Any, OneOf, Range
from likewise.search import Not, SearchClient
from likewise.search.filtering.text_filters import parse_where_options


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shop"), [row(number) for number in range(300)])


@pytest.fixture(scope="module")
def indexed(shared_store, shop, make_encoder):
    outcome = ingest(shop, shared_store, recipe=RECIPE, encoder=make_encoder())
    assert (outcome.products, outcome.rejects) == (300, [])
    return shared_store


@pytest.fixture(scope="module")
def client(indexed, make_encoder):
    with SearchClient.open(indexed, encoder=make_encoder()) as opened:
        yield opened


def test_every_column_has_its_own_type_and_role(client):
    schema = client.manifest.schema
    assert {column.name: column.type for column in schema.columns} == {
        "brand": "text",
        "price": "float",
        "stock": "integer",
        "in_stock": "bool",
        "added": "datetime",
        "sizes": "list",
        "colour": "text",
        "category": "text",
        "title": "text",
        "code": "text",
    }
    assert set(schema.role("filtered")) == set(schema.names) - {"title", "code"}
    assert schema.role("scored") == schema.role("learned") == ("brand", "colour", "category")
    assert (schema.role("category"), schema.role("title")) == (("category",), ("title",))


def test_what_went_in_comes_back(client):
    for number in (0, 1, 7, 11, 299):
        told, found = row(number), client.get(f"A-{number:03d}")
        assert found["brand"] == told["brand"]
        assert found.get("price") == (float(told["price"]) if told["price"] else None)
        assert type(found["stock"]) is int
        assert found["stock"] == int(told["stock"])
        assert found["in_stock"] is (told["in_stock"] == "yes")
        assert found["added"] == told["added"]
        assert found.get("sizes") == (json.loads(told["sizes"]) if told["sizes"] else None)
        assert (found["title"], found["code"]) == (told["title"], told["code"])


ROWS = [row(number) for number in range(300)]


def price(each):
    return float(each["price"] or "nan")


CASES = [
    (["brand=Nike"], {"brand": "Nike"}, lambda r: r["brand"] == "Nike"),
    (["brand=Nike", "brand=Ørsted"], {"brand": ["Nike", "Ørsted"]}, lambda r: r["brand"] != "Puma"),
    (["brand!=Nike"], {"brand": Not("Nike")}, lambda r: r["brand"] != "Nike"),
    (["price<20"], {"price": {"lt": 20}}, lambda r: price(r) < 20),
    (["price=10..20.5"], {"price": {"gte": 10, "lte": 20.5}}, lambda r: 10 <= price(r) <= 20.5),
    (["price=..7", "price=40.."], None, lambda r: price(r) <= 7 or price(r) >= 40),
    (["price=6.10"], {"price": 6.1}, lambda r: price(r) == 6.1),
    (["stock=5", "stock=7"], {"stock": [5, 7]}, lambda r: r["stock"] in ("5", "7")),
    (["stock>=48"], {"stock": {"gte": 48}}, lambda r: int(r["stock"]) >= 48),
    (["in_stock=yes"], {"in_stock": True}, lambda r: r["in_stock"] == "yes"),
    (["in_stock!=true"], {"in_stock": Not(True)}, lambda r: r["in_stock"] == "no"),
    (["added=2026-01-05"], {"added": date(2026, 1, 5)}, lambda r: r["added"] == "2026-01-05"),
    (["added=2026-01-30..2026-02-02"], None, lambda r: "2026-01-30" <= r["added"] <= "2026-02-02"),
    (["added>2026-03-29"], {"added": {"gt": "2026-03-29"}}, lambda r: r["added"] > "2026-03-29"),
    (["price=*"], {"price": Not(None)}, lambda r: r["price"]),
    (["price!=*"], {"price": None}, lambda r: not r["price"]),
    (["sizes=S"], {"sizes": "S"}, lambda r: '"S"' in r["sizes"]),
    (
        ["brand=Nike || price<8"],
        [{"brand": "Nike"}, {"price": {"lt": 8}}],
        lambda r: r["brand"] == "Nike" or price(r) < 8,
    ),
    (
        ["colour=red", "in_stock=no", "price>20"],
        All((OneOf("colour", ("red",)), OneOf("in_stock", (False,)), Range("price", gt=20))),
        lambda r: r["colour"] == "red" and r["in_stock"] == "no" and price(r) > 20,
    ),
    (
        ["stock<2 || stock>48"],
        Any((Range("stock", lt=2), Range("stock", gt=48))),
        lambda r: int(r["stock"]) < 2 or int(r["stock"]) > 48,
    ),
]


@pytest.mark.parametrize(("texts", "where", "wanted"), CASES, ids=[" ".join(texts) for texts, _, _ in CASES])
def test_filters_mean_the_same_as_text_and_in_python(client, texts, where, wanted):
    expected = {each["sku"] for each in ROWS if wanted(each)}
    assert 0 < len(expected) < 300
    for form in (parse_where_options(texts), where):
        if form is None:
            continue
        assert set(client.ids(form)) == expected
        assert client.count(form) == len(expected)
        hits = client.similar("A-001", 6, where=form)
        assert len(hits) == min(6, len(expected - {"A-001"}))
        assert {hit.id for hit in hits} <= expected


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (["title=x"], "'title', which has no index; .*--filterable title"),
        (["price=cheap"], "'price': 'cheap' is no number"),
        (["brand<5"], "its values are of type text"),
        (["in_stock=perhaps"], "neither true nor false"),
        (["added=soon"], "is no date"),
        (["colour=red", "colour!=red"], "both chosen and excluded"),
        (["prise<5"], "Did you mean 'price'"),
        (["price=.."], "a range without ends"),
    ],
)
def test_what_no_filter_means_is_said(client, where, text):
    with pytest.raises(ParameterError, match=text):
        client.count(parse_where_options(where))


def test_facets_are_counted_by_the_engine(client):
    assert client.facets("brand") == {"Nike": 100, "Puma": 100, "Ørsted": 100}
    assert client.facets("in_stock") == {True: 200, False: 100}
    assert client.facets("stock")[7] == 6
    sizes = [json.loads(each["sizes"] or "[]") for each in ROWS]
    assert client.facets("sizes") == {size: sum(size in each for each in sizes) for size in ("L", "XL", "M", "S")}
    assert client.facets("brand", {"in_stock": False}) == {"Nike": 100}
    with pytest.raises(ParameterError, match="histogram"):
        client.facets("price")


def test_histograms_hold_every_value_once(client):
    for column, where in (("price", None), ("stock", None), ("added", None), ("price", {"brand": "Nike"})):
        bins = client.histogram(column, where)
        assert sum(each.count for each in bins) == client.count([{**(where or {}), column: Not(None)}])
        assert 3 <= len(bins) <= 12
    told = [price(each) for each in ROWS if each["price"]]
    assert [each.count for each in client.histogram("price", bins=[5, 10, 45])] == [
        sum(5 <= value < 10 for value in told),
        sum(10 <= value <= 45 for value in told),
    ]
    assert client.histogram("price", {"price": None}) == []
    with pytest.raises(ParameterError, match="rise"):
        client.histogram("price", bins=[5, 5])


def test_a_run_with_the_same_table_finds_nothing_to_do(indexed, shop, make_encoder):
    assert run_job(Job(shop, indexed, encoder=make_encoder())).outcome == "nothing"


def test_a_column_that_changed_its_type_vanished_or_is_new(any_store, tmp_path, make_encoder):
    rows = [row(number) for number in range(60)]
    table = write(tmp_path, rows)

    def again(change, **options):
        reading = {"reading": options} if options else {}
        write(tmp_path, [change(dict(each)) for each in rows])
        return run_job(Job(table, any_store, RecipeOptions(**reading), Rules(reject_limit=LIMIT), make_encoder()))

    ingest(table, any_store, recipe=RECIPE, encoder=make_encoder())
    stray = again(lambda each: {**each, "stock": "many"} if each["sku"] == "A-007" else each)
    assert stray.manifest.schema.type_of("stock") == "integer"
    assert [(warning.id, warning.reason, warning.row) for warning in stray.warnings] == [("A-007", "bad-value", 9)]
    changed = again(lambda each: {**each, "stock": f"{each['stock']} pcs"})
    assert changed.outcome == "updated"
    assert changed.manifest.schema.type_of("stock") == "text"
    assert changed.schema_changes["retyped"] == {"stock": ["integer", "text"]}
    with SearchClient.open(any_store) as client:
        assert client.count({"stock": "7 pcs"}) == 2


def test_what_was_once_said_of_a_column_waits_until_it_comes_back(any_store, tmp_path, make_encoder):
    rows = [row(number) for number in range(60)]
    table = write(tmp_path, rows)
    said = {
        "types": (("code", "text"),),
        "filterable": ("title",),
        "attributes": ("brand", "hue"),
        "category": "hue",
        "maps": (("hue", "colour"),),
    }
    reading = ReadingOptions("sku", ("photo",), **said)
    ingest(table, any_store, recipe=replace(RECIPE, reading=reading), encoder=make_encoder())

    def night(*gone):
        write(tmp_path, [{name: value for name, value in each.items() if name not in gone} for each in rows])
        return ingest(table, any_store, encoder=make_encoder())

    for _ in range(2):
        poorer = night("code", "title", "colour").manifest.schema
        assert not {"code", "title", "hue", "colour"} & set(poorer.names)
        assert poorer.role("scored") == ("brand",)
    richer = night().manifest.schema
    assert (richer.role("scored"), richer.role("category")) == (("brand", "hue"), ("hue",))
    assert richer.type_of("code") == "text"
    assert "title" in richer.role("filtered")
    with pytest.raises(CatalogError, match="no column 'titel'"):
        ingest(table, any_store, recipe=replace(RECIPE, reading=replace(reading, filterable=("titel",))))


LIMIT = RejectLimit.parse("5%")


def test_options_for_columns(any_store, shop, make_encoder):
    options = {
        "types": (("code", "integer"), ("stock", "text")),
        "drop": ("title",),
        "filterable": ("code",),
        "attributes": ("brand",),
        "category": "colour",
    }
    reading = ReadingOptions("sku", ("photo",), **options)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4}, reading=reading)
    manifest = ingest(shop, any_store, recipe=recipe, encoder=make_encoder()).manifest
    schema = manifest.schema
    assert (schema.type_of("code"), schema.type_of("stock")) == ("integer", "text")
    assert "title" not in schema.names
    assert (schema.role("scored"), schema.role("category")) == (("brand",), ("colour",))
    assert Recipe.from_manifest(manifest).reading == reading
    with SearchClient.open(any_store) as client:
        assert client.count({"code": {"lt": 10}}) == 10


@pytest.mark.parametrize("option", [{"types": (("prise", "float"),)}, {"drop": ("x",)}, {"attributes": ("x",)}])
def test_an_option_that_names_no_column_is_said(any_store, shop, make_encoder, option):
    recipe = Recipe(reading=ReadingOptions("sku", ("photo",), **option))
    with pytest.raises(CatalogError, match=r"no column '(prise|x)'; it has sku, photo"):
        ingest(shop, any_store, recipe=recipe, encoder=make_encoder())
