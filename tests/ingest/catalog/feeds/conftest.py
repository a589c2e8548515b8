"""One list of products, and each maker's way to write it; tests get them as fixtures."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def makers() -> ModuleType:
    # Test modules are imported alone (--import-mode=importlib): a neighbour comes by its path.
    spec = importlib.util.spec_from_file_location("feeds_makers", Path(__file__).with_name("makers.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
