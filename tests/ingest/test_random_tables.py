"""Random tables go in, and what comes back from the index is what went in."""

import csv
import io
import json
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from likewise.ingest import Job, ReadingOptions, Recipe, ingest
from likewise.ingest import run as run_job
from likewise.ingest.catalog import read_catalog
from likewise.ingest.catalog.nothing import is_nothing
from likewise.ingest.catalog.values import fits, rounded
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

ROWS = 6
LETTERS = "abcdefghijkmnopqrstuvwxyzäöüéß -'"
NARROW = ("bool", "integer", "float", "datetime", "list")


def is_text(text):
    """Whether a cell is a value, and of no narrower type."""
    return text == text.strip() and not is_nothing(text) and not any(fits(text, kind) for kind in NARROW)


TEXT = st.text(LETTERS, min_size=1, max_size=12).filter(is_text)
WORD = st.text(LETTERS.replace(" ", ""), min_size=1, max_size=6).filter(is_text)
CELLS = {
    "text": TEXT.map(lambda value: (value, value)),
    "integer": st.integers(-(2**53), 2**53).map(lambda value: (str(value), value)),
    "float": st.floats(-1e9, 1e9).map(rounded).map(lambda value: (repr(value), value)),
    "bool": st.booleans().map(lambda value: ({True: "yes", False: "no"}[value], value)),
    "datetime": st.dates(date(1, 1, 1)).map(lambda value: (value.isoformat(), value.isoformat())),
    "list": st.lists(WORD, min_size=1, max_size=4, unique=True).map(lambda value: (json.dumps(value), value)),
}


@st.composite
def tables(draw):
    """Columns by name: their type, and for each row the cell's text with the value that it means, or a gap."""
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=5))
    columns = {}
    for at, kind in enumerate(kinds):
        cells = draw(st.lists(st.one_of(st.just(("", None)), CELLS[kind]), min_size=ROWS, max_size=ROWS))
        if kind == "float" and all(value is None or value.is_integer() for _, value in cells):
            cells[0] = ("0.5", 0.5)
        if any(value is not None for _, value in cells):
            columns[f"column {at}"] = (kind, cells)
    return columns


def written(folder, columns, delimiter, encoding):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(["id", *columns])
    for at in range(ROWS):
        writer.writerow([f"p{at}", *(cells[at][0] for _, cells in columns.values())])
    (folder / "shop.csv").write_bytes(text.getvalue().encode(encoding))
    return folder / "shop.csv"


def expected(columns, at):
    return {name: cells[at][1] for name, (_, cells) in columns.items() if cells[at][1] is not None}


FORMS = st.tuples(st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    (folder / "images").mkdir()
    rng = np.random.default_rng(0)
    for at in range(ROWS):
        pixels = np.kron(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8), np.ones((6, 6, 1), np.uint8))
        Image.fromarray(pixels).save(folder / "images" / f"p{at}.png")
    return folder


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=tables(), form=FORMS)
def test_a_table_is_read_as_it_was_meant(folder, columns, form):
    delimiter, encoding = form
    # Of few letters an encoding cannot be told; what people say is believed.
    named = encoding if encoding == "cp1252" else None
    options = ReadingOptions(delimiter=delimiter if not columns else None, encoding=named)
    catalog = read_catalog(written(folder, columns, delimiter, encoding), options)
    assert (catalog.rejects, catalog.warnings) == ([], [])
    assert {column.name: column.type for column in catalog.schema.columns} == {
        name: kind for name, (kind, _) in columns.items()
    }
    for at, product in enumerate(catalog.products):
        found = {name: list(value) if isinstance(value, tuple) else value for name, value in product.values.items()}
        assert found == expected(columns, at)
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in expected(columns, at).items()
        }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=tables(), form=FORMS)
def test_what_comes_back_from_an_index_is_what_went_in(folder, columns, form, make_encoder, tmp_path_factory):
    delimiter, encoding = form
    reading = ReadingOptions(encoding=encoding if encoding == "cp1252" else None)
    recipe = Recipe(reducer_params={"n_components": 3}, clusterer_params={"n_clusters": 2}, reading=reading)
    store = EmbeddedStore(tmp_path_factory.mktemp("index") / "index", create=True)
    path = written(folder, columns, delimiter, encoding)
    ingest(path, store, recipe=recipe, encoder=make_encoder())
    with SearchClient.open(store) as client:
        for at in range(ROWS):
            payload = client.get(f"p{at}")
            found = {name: payload[name] for name in columns if name in payload}
            # An engine may read the last bit of a number otherwise.
            found = {name: rounded(each) if isinstance(each, float) else each for name, each in found.items()}
            assert found == expected(columns, at)
    again = run_job(Job(path, store, recipe, encoder=make_encoder()))
    assert again.outcome == "nothing"
