import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.ingest import Recipe, ingest


@pytest.fixture
def no_network(monkeypatch, make_encoder):
    """Every encoder that a run would open is one without a network."""
    for name in ("new_encoder", "open_encoder"):
        monkeypatch.setattr(f"likewise.ingest.stages.{name}", lambda *_, **__: make_encoder())


@pytest.fixture
def likewise(no_network):
    """The command line."""

    def run(*arguments):
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def index(catalog, encoder, tmp_path):
    """The folder of a small index."""
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    return tmp_path / "index"
