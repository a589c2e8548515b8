"""What is scored, and from which groups queries are drawn."""

import dataclasses
import math

import numpy as np
import pytest
from any_shop import RECIPE, row, write

from likewise.evaluation.gate import Gate
from likewise.evaluation.gate_precision import scored_in_both
from likewise.evaluation.metrics import encode_attributes, precision_at_k
from likewise.evaluation.protocol import draw_queries, evaluate, sample_queries
from likewise.evaluation.scoring import MOST_GROUPS, Scoring
from likewise.ingest import Job, ReadingOptions, Recipe, RecipeOptions, Rules, ingest, run
from likewise.ingest.catalog import FASHION, Column, Schema
from likewise.ingest.errors import CatalogError, ParameterError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

TYPES = {
    "brand": "text",
    "stock": "integer",
    "in_stock": "bool",
    "sizes": "list",
    "price": "float",
    "added": "datetime",
}
SCHEMA = Schema(tuple(Column(*each) for each in TYPES.items()), {"scored": ("brand",), "category": ("brand",)})


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shop"), [row(number) for number in range(300)])


@pytest.fixture(scope="module")
def client(tmp_path_factory, shop, make_encoder):
    store = EmbeddedStore(tmp_path_factory.mktemp("index"), create=True)
    ingest(shop, store, recipe=RECIPE, encoder=make_encoder())
    with SearchClient.open(store, encoder=make_encoder()) as opened:
        yield opened


def test_the_schema_says_what_is_scored_and_a_caller_overrules_it():
    assert Scoring.of(SCHEMA).text == "scored: brand; queries by brand"
    asked = Scoring.of(SCHEMA, ["sizes", "in_stock", "stock"], "in_stock")
    assert asked.text == "scored: sizes, in_stock, stock; queries by in_stock"
    alone = SCHEMA.with_roles(category=())
    assert Scoring.of(alone).text == "scored: brand; queries drawn from all products"
    assert Scoring.of(FASHION).of_study
    assert not Scoring.of(FASHION, by="gender").of_study


@pytest.mark.parametrize(
    ("attributes", "by", "text"),
    [
        (["price"], None, r"'price' is of type float, .* Columns to choose from: brand, stock, in_stock, sizes\."),
        (["added"], None, "'added' is of type datetime"),
        (["prise"], None, "keeps no column 'prise'"),
        ([], "sizes", r"'sizes' is of type list, .* from: brand, stock, in_stock\."),
        ([], "price", "'price' is of type float"),
    ],
)
def test_what_cannot_be_scored_is_said(attributes, by, text):
    with pytest.raises(ParameterError, match=text):
        Scoring.of(SCHEMA, attributes, by)


def test_nothing_to_score_says_what_to_do():
    with pytest.raises(ParameterError, match=r"nothing to score.*--attributes.*brand, stock, in_stock, sizes"):
        Scoring.of(SCHEMA.with_roles(scored=()))


def test_lists_are_equal_where_their_members_are():
    rows = [
        {"sizes": ["S", "M"]},
        {"sizes": ["M", "S"]},
        {"sizes": ("S", "M", "M")},
        {"sizes": ["S"]},
        {},
        {"sizes": []},
    ]
    codes = encode_attributes(rows, ["sizes"])
    assert codes[:, 0].tolist() == [0, 0, 0, 1, -1, -1]
    # Of four hits two have the same members.
    assert precision_at_k(codes[:1], codes[None, 1:5]) == pytest.approx([0.5])


def test_a_group_needs_two_products_and_only_the_most_frequent_twenty_are_asked():
    scoring = Scoring(("brand",), "brand")
    assert scoring.chosen({"b": 2, "a": 5, "c": 1}) == (["a", "b"], "")
    # v00 has 2 products, v01 3, …: the twenty largest of 30 are v10 to v29.
    names, remark = scoring.chosen({f"v{at:02d}": at + 2 for at in range(30)})
    assert names == [f"v{at:02d}" for at in range(10, 30)]
    assert remark == f"of 30 values of brand, the {MOST_GROUPS} most frequent have queries"
    with pytest.raises(ParameterError, match="No two products share a value of 'brand'"):
        scoring.chosen({"a": 1})


def test_the_studys_three_categories_count_only_in_the_studys_column():
    sizes = {"Apparel": 3, "Toys": 9}
    assert Scoring(("gender",), "masterCategory").chosen(sizes) == (["Apparel"], "")
    assert Scoring(("gender",), "department").chosen(sizes) == (["Apparel", "Toys"], "")


def test_a_group_called_mean_does_not_replace_the_mean():
    assert Scoring(("brand",), "brand").group({"brand": "mean"}) == "brand mean"


def test_any_column_is_scored(client):
    queries = sample_queries(client, per_category=20, seed=0)
    assert {name: len(ids) for name, ids in queries.items()} == {"shirt": 20, "shoe": 20}
    found = evaluate(client, queries)
    assert found.to_dict()["scored"] == ("brand", "colour", "category")
    assert found.to_dict()["by"] == "category"
    assert set(found.precision) == {"shirt", "shoe", "mean"}
    for names, by in ((("in_stock", "stock"), "in_stock"), (("sizes",), "stock"), (("brand",), "brand")):
        scoring = Scoring.of(client.manifest.schema, names, by)
        drawn = draw_queries(client, scoring, per_category=3, seed=0)
        figures = evaluate(client, drawn.ids, scoring=scoring).precision
        assert 0 <= figures["mean"].value <= 100
        assert ("false" in figures) == (by == "in_stock")
    # 50 values of stock, six products each.
    assert "20 most frequent" in draw_queries(client, Scoring(("brand",), "stock"), per_category=2, seed=0).remark


def test_a_score_is_what_counting_by_hand_gives(client):
    scoring = Scoring.of(client.manifest.schema, ("sizes", "in_stock"), "brand")
    ids = ["A-001", "A-014", "A-100"]  # A-014 has no sizes
    wanted = []
    for name in ids:
        query, hits = client.get(name), client.similar(name, 6)
        shares = []
        for key in ("sizes", "in_stock"):
            if key in query:
                shares.append(np.mean([hit.payload.get(key) == query[key] for hit in hits]))
        wanted.append(100 * np.mean(shares))
    assert evaluate(client, {"some": ids}, scoring=scoring).precision["some"].value == pytest.approx(np.mean(wanted))


def test_queries_that_cannot_be_scored_have_no_figure(client):
    scoring = Scoring(("sizes",), "brand")
    found = evaluate(client, {"without": ["A-007", "A-014"], "with": ["A-001"]}, scoring=scoring)
    assert math.isnan(found.precision["without"].value)
    assert found.to_dict()["precision"]["without"] is None
    with pytest.raises(ParameterError, match="No query has a value of sizes"):
        evaluate(client, {"without": ["A-007", "A-014"]}, scoring=scoring)


def test_options_that_cannot_work_are_refused_before_anything_is_encoded(tmp_path, shop, make_encoder):
    encoder = make_encoder()
    for options, kind, text in (
        ({"attributes": ("price",)}, ParameterError, "'price' is of type float"),
        ({"category": "added"}, ParameterError, "'added' is of type datetime"),
        ({"attributes": ("brand",), "drop": ("brand",)}, ParameterError, "keeps no column 'brand'"),
        ({"attributes": ("sku",)}, ParameterError, "keeps no column 'sku'"),
        ({"attributes": ("x",)}, CatalogError, "no column 'x'"),
    ):
        recipe = Recipe(reading=ReadingOptions("sku", ("photo",), **options))
        with pytest.raises(kind, match=text):
            ingest(shop, tmp_path / "index", recipe=recipe, encoder=encoder)
    learned = dataclasses.replace(RECIPE, reducer="attributes", reducer_params={"attributes": ["price"]})
    with pytest.raises(ParameterError, match="'price' is of type float"):
        ingest(shop, tmp_path / "index", recipe=learned, encoder=encoder)
    nothing = dataclasses.replace(
        learned, reducer_params={}, reading=ReadingOptions("sku", ("photo",), keep=("price", "title"))
    )
    with pytest.raises(ParameterError, match=r"no column to learn from; .*--attributes.* title"):
        ingest(shop, tmp_path / "index", recipe=nothing, encoder=encoder)
    assert encoder.seen == 0


def test_the_gate_says_that_nothing_is_scored_and_compares_what_both_versions_have(any_store, tmp_path, make_encoder):
    rows = [row(number) for number in range(60)]
    table = write(tmp_path, rows)

    def again(**reading):
        recipe = dataclasses.replace(RECIPE, reading=ReadingOptions("sku", ("photo",), **reading))
        outcome = run(Job(table, any_store, recipe, encoder=make_encoder()), Gate())
        return outcome.verdict.checks[-1]

    again(keep=("price", "title"))
    check = again(keep=("price", "title", "code"))
    assert (check.name, check.passed) == ("precision", True)
    assert check.detail.startswith("not compared: the new version has no scored column; ")
    check = again(keep=("brand", "price"))
    assert (check.name, check.passed) == ("precision", True)
    assert "has none of the scored columns brand" in check.detail
    check = again(keep=("brand", "sizes", "colour"), attributes=("brand", "sizes", "colour"))
    assert check.passed
    assert "scored by brand, which both versions have" in check.detail
    # Products without sizes have no figure; the others have.
    again(keep=("sizes", "price"), attributes=("sizes",))
    check = again(keep=("sizes", "price", "code"), attributes=("sizes",))
    assert check.passed
    assert "nan" not in check.detail
    assert f"{sum(bool(each['sizes']) for each in rows)} products" in check.detail


def test_a_scored_column_whose_type_cannot_be_scored_any_more_leaves_and_no_night_fails(tmp_path, make_encoder):
    rows = [row(number) for number in range(60)]
    table, store = write(tmp_path, rows), EmbeddedStore(tmp_path / "index", create=True)
    reading = ReadingOptions("sku", ("photo",), attributes=("brand", "stock"), category="stock")
    recipe = dataclasses.replace(
        RECIPE, reducer="attributes", reducer_params={"n_components": 8, "members": 2, "hidden": 16}, reading=reading
    )
    first = ingest(table, store, recipe=recipe, encoder=make_encoder())
    assert first.manifest.capabilities.predicts == ("brand", "stock")
    write(tmp_path, [{**each, "stock": f"{each['stock']}.5"} for each in rows])
    later = run(Job(table, store, encoder=make_encoder()), Gate())
    assert later.schema_changes["retyped"] == {"stock": ["integer", "float"]}
    assert later.verdict.passed, later.verdict.refusals
    roles = later.manifest.schema
    assert (roles.role("scored"), roles.role("category")) == (("brand",), ("category",))
    anew = RecipeOptions(reading={"attributes": ("stock",)})
    with pytest.raises(ParameterError, match="'stock' is of type float"):
        run(Job(table, store, anew, encoder=make_encoder()))
    refitted = run(Job(table, store, rules=Rules(refit="always"), encoder=make_encoder()))
    assert refitted.manifest.capabilities.predicts == ("brand",)


def test_a_column_that_became_a_number_with_a_fraction_is_scored_no_more():
    class Version:
        def __init__(self, kind):
            self.version = "v000001"
            self.schema = Schema((Column("size", kind), Column("brand")), {"scored": ("size", "brand")})

    assert scored_in_both(Version("integer"), Version("float")) == (("brand",), "")
