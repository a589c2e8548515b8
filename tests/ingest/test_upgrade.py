"""The night after an upgrade: an index of an earlier format is brought up to date like any other."""

import tarfile
from pathlib import Path

import pytest

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, Rules, run
from likewise.ingest.index.stores.embedded import EmbeddedStore

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("earlier", [1, 2])
@pytest.mark.parametrize("kind", ["plain", "learned"])
def test_an_index_of_an_earlier_format_is_updated_with_its_own_model(kind, earlier, tmp_path, make_catalog, encoder):
    with tarfile.open(DATA / f"format-{earlier}" / f"{kind}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    store = EmbeddedStore(tmp_path / "index")
    with store.open() as reader:
        before = reader.manifest
    catalog = make_catalog(tmp_path / "catalog", 26)
    job = Job(catalog, store, rules=Rules(refit="never", prune_missing=True, keep=3), encoder=encoder)
    outcome = run(job, Gate(GateRules(max_drop=100)))
    assert (outcome.outcome, outcome.changes["added"], outcome.products) == ("updated", 2, 26)
    assert outcome.manifest.format == 3
    assert outcome.manifest.model_hash == before.model_hash
    assert outcome.manifest.capabilities == before.capabilities
    assert run(job, Gate(GateRules(max_drop=100))).outcome == "nothing"
