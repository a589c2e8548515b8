import dataclasses
import re

import pytest

from likewise.evaluation.study import methods, report, tables
from likewise.evaluation.study.compare import Options, compare_methods
from likewise.ingest.progress import Silent


@pytest.fixture(scope="module")
def written(tmp_path_factory, make_catalog, make_encoder):
    folder = tmp_path_factory.mktemp("report")
    catalog = make_catalog(folder / "catalog", 90)
    table = methods.study_methods(components=8, clusters=3)
    # The study clusters kernel-PCA vectors; PCA ones are as good for seeing every figure drawn.
    kmeans = table["kmeans"]
    kmeans = dataclasses.replace(kmeans, recipe=dataclasses.replace(kmeans.recipe, reducer="pca"))
    chosen = [table["none"], table["pca"], kmeans]
    study = compare_methods(catalog, folder, make_encoder(), chosen, Options(per_category=8), Silent())
    report.write(folder, tables.Findings.of(study), products=True, progress=Silent())
    return folder


def test_the_page_is_self_contained_and_complete(written):
    page = (written / "index.html").read_text("utf-8")
    addresses = re.findall(r"(?:src|href)=[\"']?([^\"' >]{5})", page)
    assert addresses
    assert set(addresses) == {"data:"}
    for text in ("In-catalog protocol, 24 queries", "Held-out protocol", "PCA 8-d", "k-means", "Recall@6"):
        assert text in page
    assert page.count("<figure>") == len(list((written / "figures").glob("*.png"))) >= 10


def test_every_figure_of_the_study_is_drawn(written):
    names = {path.stem for path in (written / "figures").iterdir()}
    assert names >= {
        "distribution",
        "explained-variance",
        "inertia",
        "precision-by-clusters",
        "precision-by-dimension",
        "precision-by-probe",
        "maps-masterCategory",
        "maps-subCategory",
        "recommendations",
        "overview-in-catalog",
        "overview-held-out",
    }
