"""The description for machines is true: what it allows is answered, and what it forbids is refused."""

import os
import subprocess
import sys
from pathlib import Path

import any_shop
import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore

LEARNED = Recipe(
    reducer="attributes",
    reducer_params={"n_components": 8, "members": 1, "hidden": 16},
    clusterer_params={"n_clusters": 4},
)


@pytest.fixture(scope="module", params=["learned", "typed"])
def http(request, tmp_path_factory, make_index, make_encoder, serving, until):
    folder = tmp_path_factory.mktemp("openapi")
    if request.param == "learned":
        store = make_index(folder, LEARNED)
    else:
        store = EmbeddedStore(folder / "index", create=True)
        table = any_shop.write(folder, [any_shop.row(number) for number in range(120)])
        ingest(table, store, recipe=any_shop.RECIPE, encoder=make_encoder())
    with serving(lambda: store, make_encoder()) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


def test_schemathesis_finds_no_failure(http, tmp_path):
    """All its checks; its hooks say what a picture is and which products there are."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{http.base_url}/openapi.json", "--checks", "all"]
    products = http.get("/v1/products?limit=40").json()["products"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(Path(__file__).parent),
        "KNOWN_PRODUCTS": " ".join(each["id"] for each in products),
    }
    run = subprocess.run(
        [*command, "--max-examples", "8", "--seed", "5", "--no-color"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "No issues found" in run.stdout
    assert http.get("/healthz").status_code == 200


def test_the_document_names_what_there_is(http):
    document = http.get("/openapi.json").json()
    operation = document["paths"]["/v1/similar/{id}"]["get"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    filterable = [each["name"] for each in http.get("/v1/schema").json()["columns"] if each["filterable"]]
    assert set(parameters["group_by"]["schema"]["enum"]) <= set(filterable)
    assert all(name in parameters["where"]["schema"]["items"]["pattern"] for name in filterable)
    assert parameters["k"]["description"].startswith("Number of hits")
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["example"]["hits"]
    assert {"404", "400", "503"} <= operation["responses"].keys()
    learned = http.get("/v1/schema").json()["capabilities"]["describe"]
    assert ("/v1/describe" in document["paths"], "prior" in parameters) == (learned, learned)
