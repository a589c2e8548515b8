"""`update`, `remove` and `--dry-run` on the command line."""

import json

import pytest
from PIL import Image


@pytest.fixture
def index(likewise, tmp_path, catalog):
    folder = tmp_path / "index"
    done = likewise("ingest", catalog, "--store", folder, "--components", 8, "--clusters", 3)
    assert done.exit_code == 0, done.output
    return folder


def repaint(catalog, product):
    Image.new("RGB", (30, 40), (10, 200, 10)).save(catalog / "images" / f"{product}.png")


def test_one_product_now_and_away(likewise, index, catalog):
    repaint(catalog, "103")
    done = likewise("update", catalog, "--store", index, "--id", "103", "--json")
    assert json.loads(done.stdout)["changed"] == 1
    done = likewise("remove", "--store", index, "--id", "103")
    assert "v000003 published: 47 products" in done.stdout
    assert "1 removed, 47 unchanged" in done.stdout
    assert likewise("remove", "--store", index, "--id", "103").exception.exit_code == 9
    assert likewise("update", catalog, "--store", index.parent / "none", "--id", "103").exception.exit_code == 6


@pytest.mark.parametrize("command", ["ingest", "reindex"])
def test_a_dry_run_says_what_would_be_done_and_how_long(likewise, index, catalog, tmp_path, command):
    repaint(catalog, "103")
    (catalog / "images" / "104.png").unlink()
    log = ["--log", tmp_path / "runs.jsonl", "--metrics", tmp_path / "m.prom"] if command == "reindex" else []
    done = likewise(command, catalog, "--store", index, "--dry-run", *log)
    assert "v000001 would be updated: 48 products" in done.stdout
    assert "1 images to encode" in done.stdout
    assert "1 rejected: missing-image" in done.stdout
    assert "98% of the products" in done.stdout
    assert done.stdout.endswith("Nothing was written.\n")
    assert not (tmp_path / "runs.jsonl").exists()
    assert not (tmp_path / "m.prom").exists()
    found = json.loads(likewise(command, catalog, "--store", index, "--dry-run", "--json").stdout)
    assert (found["dry_run"], found["outcome"], found["changed"], found["encode"]) == (True, "updated", 1, 1)
    assert found["seconds"]["read and encode"] > 0


def test_a_dry_run_of_a_first_index_makes_no_folder(likewise, catalog, tmp_path):
    done = likewise("ingest", catalog, "--store", tmp_path / "new", "--dry-run")
    assert "A model would be fitted (there is no index yet): 48 products" in done.stdout
    assert "no precedent for: fit, place and write" in done.stdout
    assert not (tmp_path / "new").exists()
