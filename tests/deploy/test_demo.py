"""`likewise demo`, for every catalog that it draws."""

import re

import pytest

from likewise.search import SearchClient


@pytest.mark.parametrize("name", ["fashion", "furniture", "groceries", "folder"])
def test_the_commands_that_it_shows_run(likewise, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    result = likewise("demo", "--catalog", name, "--products", 18)
    assert result.exit_code == 0, result.output
    assert "Precision@6 on " in result.output
    assert (tmp_path / "demo" / "hits.png").stat().st_size > 10_000
    with SearchClient.open("demo/index") as client:
        assert client.count() == 18
    shown = re.findall(r"^  likewise (.*demo/.*)$", result.output, re.MULTILINE)
    assert len(shown) == 4
    for line in shown:
        words = [word.strip("'") for word in line.split()]
        if "--image" not in words:
            again = likewise(*words)
            assert again.exit_code == 0, again.output
    assert "Nothing to do" in again.output


@pytest.mark.parametrize("name", ["fashion", "furniture", "groceries", "folder"])
@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_products_are_a_demo_too(likewise, tmp_path, monkeypatch, name, count):
    monkeypatch.chdir(tmp_path)
    result = likewise("demo", "--catalog", name, "--products", count)
    assert result.exit_code == 0, result.output
    assert "Not scored" in result.output or "Precision@6" in result.output
    assert (tmp_path / "demo" / "hits.png").exists()


def test_draw_only_indexes_nothing(likewise, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = likewise("demo", "--catalog", "groceries", "--products", 3, "--draw-only")
    assert "likewise ingest demo/catalog --id-column code --image-column picture --store demo/index" in result.output
    assert len(list((tmp_path / "demo" / "catalog" / "pictures").iterdir())) == 3
    assert not (tmp_path / "demo" / "index").exists()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 component instead of the usual 100 and 1 cluster instead of the usual 10: 1 product cannot have more"),
        (
            5,
            "4 components instead of the usual 100 and 5 clusters instead of the usual 10: 5 products cannot have more",
        ),
    ],
)
def test_what_a_small_catalog_gets_less_of_is_said(likewise, tmp_path, make_catalog, count, text):
    catalog, store = make_catalog(tmp_path / "catalog", count), tmp_path / "index"
    assert text in likewise("ingest", catalog, "--store", store).output
    assert text in likewise("reindex", catalog, "--store", store, "--refit", "always").output
    assert "instead" not in likewise("ingest", catalog, "--store", store).output
