"""A comparison on a shop's own columns: nothing in it is called as in the study."""

import json

import pytest
from any_shop import row, write

from likewise.evaluation.scoring import Scoring
from likewise.evaluation.study import columns, methods, report, tables
from likewise.evaluation.study.compare import Options, compare_methods
from likewise.ingest import ReadingOptions
from likewise.ingest.catalog import FASHION
from likewise.ingest.errors import ParameterError
from likewise.ingest.progress import Silent

STUDY = ("gender", "masterCategory", "subCategory", "articleType", "baseColour", "Footwear", "Apparel")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shop"), [row(number) for number in range(100)])


@pytest.fixture(scope="module")
def written(tmp_path_factory, table, make_encoder):
    out = tmp_path_factory.mktemp("report")
    chosen = methods.choose(["none", "kmeans"], methods.study_methods(components=8, clusters=3))
    # 50 values of stock, each of two products.
    reading = ReadingOptions("sku", ("photo",), attributes=("brand", "in_stock", "sizes"), category="stock")
    options = Options(protocols=("in-catalog",), per_category=2, reading=reading)
    study = compare_methods(table, out, make_encoder(), chosen, options, Silent())
    findings = tables.Findings.of(study)
    tables.write(out, findings)
    report.write(out, findings, products=True, progress=Silent())
    return out, findings


def test_rows_are_of_the_columns_that_were_asked_for(written):
    out, findings = written
    rows = json.loads((out / "table.json").read_text())
    assert {each["metric"] for each in rows if each["metric"].startswith("match_")} == {
        "match_brand",
        "match_in_stock",
        "match_sizes",
    }
    assert len(findings.categories) == 20
    assert len(findings.study.splits["in-catalog"].ids) == 40


def test_tables_and_the_page_name_them_and_no_published_figure(written):
    out, _ = written
    note = "scored: brand, in_stock, sizes; queries by stock; of 50 values of stock, the 20 most frequent have queries."
    page, markdown = (out / "index.html").read_text("utf-8"), (out / "table.md").read_text("utf-8")
    for text in (page, markdown):
        assert note in text
        assert not [name for name in (*STUDY, "study's query", "published figure") if name in text]
    assert "share for each of brand, in_stock and sizes" in page
    assert "its brand." in page
    names = {path.stem for path in (out / "figures").iterdir()}
    assert {"distribution", "precision-by-clusters", "maps-stock", "maps-brand", "overview-in-catalog"} <= names


def test_a_catalog_with_nothing_to_score_is_refused_before_anything_is_encoded(table, tmp_path, make_encoder):
    encoder = make_encoder()
    options = Options(reading=ReadingOptions("sku", ("photo",), keep=("price", "title")))
    with pytest.raises(ParameterError, match="nothing to score"):
        compare_methods(table, tmp_path, encoder, methods.choose(["none"], methods.study_methods()), options, Silent())
    assert encoder.seen == 0


def test_the_figures_of_the_public_data_are_of_the_studys_columns():
    scoring = Scoring.of(FASHION)
    assert columns.distributed(scoring) == ["masterCategory", "gender"]
    assert columns.mapped(scoring) == ["masterCategory", "subCategory"]
    assert columns.recalled(scoring.attributes, []) == "articleType"
    assert columns.mapped(Scoring(("brand",), None)) == ["brand"]
    assert columns.file_name("Größe / EU") == "Größe-EU"
