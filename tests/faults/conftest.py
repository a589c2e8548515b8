import importlib.util
from pathlib import Path

import pytest


def load(name):
    """A helper module of this folder: tests are imported by path, so nothing here is importable by name."""
    spec = importlib.util.spec_from_file_location(f"likewise_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shop():
    """The module of that name."""
    return load("shop")


@pytest.fixture(scope="session")
def fault_proxy():
    return load("fault_proxy").FaultProxy


@pytest.fixture
def make_server():
    made = []

    def make(**options):
        made.append(load("qdrant_http").QdrantHttp(**options))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server):
    return make_server()
