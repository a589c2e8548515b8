import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli


@pytest.fixture
def no_network(monkeypatch, make_encoder):
    """Every encoder that a run would open is one without a network."""
    for name in ("LazyEncoder", "open_encoder"):
        monkeypatch.setattr(f"likewise.ingest.stages.{name}", lambda *_, **__: make_encoder())


@pytest.fixture
def likewise(no_network):
    """The command line."""

    def run(*arguments):
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return run
