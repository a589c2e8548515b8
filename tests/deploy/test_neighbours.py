"""Every product's neighbours in one file: what single searches find, whole or not at all."""

import pandas as pd
import pytest

from likewise.search import SearchClient


@pytest.fixture
def store(likewise, catalog, tmp_path):
    likewise("ingest", catalog, "--store", tmp_path / "index", "--components", 8, "--clusters", 3)
    return tmp_path / "index"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_it_is_what_single_searches_find(likewise, store, tmp_path, ending, monkeypatch):
    monkeypatch.setattr("likewise.search.neighbours.BATCH", 7)
    out = tmp_path / f"all.{ending}"
    said = likewise("neighbours", "--store", store, "--out", out, "-k", 4, "--where", "gender=Men").stdout
    assert f"192 neighbours of 48 products of v000001 in {out}" in said
    found = pd.read_parquet(out) if ending == "parquet" else pd.read_csv(out, dtype={"id": str, "neighbour": str})
    assert list(found.columns) == ["id", "rank", "neighbour", "score"]
    with SearchClient.open(store) as client:
        assert set(found["id"]) == set(client.ids())
        for name, rows in found.groupby("id"):
            hits = client.similar(name, 4, where={"gender": "Men"})
            assert list(rows["rank"]) == [1, 2, 3, 4]
            assert list(rows["score"]) == pytest.approx([hit.score for hit in hits], abs=1e-4)


def test_products_without_a_neighbour_have_no_row(likewise, store, tmp_path):
    out = tmp_path / "all.parquet"
    assert (
        "0 neighbours of 48"
        in likewise("neighbours", "--store", store, "--out", out, "--where", "gender=Nobody").stdout
    )
    assert len(pd.read_parquet(out)) == 0


def test_an_end_before_the_end_leaves_the_old_file(likewise, store, tmp_path, monkeypatch):
    out = tmp_path / "all.parquet"
    likewise("neighbours", "--store", store, "--out", out)
    before = out.read_bytes()
    monkeypatch.setattr("likewise.search.neighbours.BATCH", 7)
    similar, left = SearchClient.similar_batch, [3]

    def die(*arguments, **options):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return similar(*arguments, **options)

    monkeypatch.setattr(SearchClient, "similar_batch", die)
    likewise("neighbours", "--store", store, "--out", out, "-k", 2)
    assert left[0] < 0
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_what_cannot_be_written_is_named(likewise, store, tmp_path):
    assert "all.xlsx" in str(likewise("neighbours", "--store", store, "--out", tmp_path / "all.xlsx").exception)
    missing = tmp_path / "nowhere" / "all.csv"
    assert str(missing) in str(likewise("neighbours", "--store", store, "--out", missing).exception)
