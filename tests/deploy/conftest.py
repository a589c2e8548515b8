import pytest


@pytest.fixture
def no_network(monkeypatch, make_encoder):
    """Every encoder that a run would open is one without a network."""
    for name in ("LazyEncoder", "open_encoder"):
        monkeypatch.setattr(f"likewise.ingest.pipeline.{name}", lambda *_, **__: make_encoder())
