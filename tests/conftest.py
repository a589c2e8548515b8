"""What several test folders share: real data, a small catalog, and an encoder without a network."""

import csv
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qdrant_client import QdrantClient

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.stores import Store
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.index.stores.server.address import Address

COLUMNS = (
    *("id", "gender", "masterCategory", "subCategory", "articleType"),
    *("baseColour", "season", "year", "usage", "productDisplayName"),
)
COLOURS = {"Red": (190, 30, 40), "Blue": (30, 60, 180), "Green": (20, 130, 60), "Yellow": (230, 200, 40)}
ARTICLES = {
    "Tshirts": ("Apparel", "Topwear"),
    "Casual Shoes": ("Footwear", "Shoes"),
    "Watches": ("Accessories", "Watches"),
}


class FakeEncoder:
    """Thumbnails as features: 4 x 4 x 3 pixel means, so that like pictures have like vectors."""

    def __init__(self, fingerprint: str = "fake-fingerprint", fail_after: int | None = None) -> None:
        self.spec = EncoderSpec("fake", "fp32", fingerprint, (48,))
        self.seen = 0
        self._fail_after = fail_after

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((4, 4), Image.Resampling.BOX))

    def encode(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        if self._fail_after is not None and self.seen >= self._fail_after:
            raise KeyboardInterrupt
        self.seen += len(pixels)
        return np.stack(pixels).reshape(len(pixels), -1).astype(np.float32)


def write_catalog(folder: Path, count: int = 48, *, seed: int = 0) -> Path:
    """A catalog in the public layout: coloured shapes, 12 of each article type and colour in turn."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(count):
        article = list(ARTICLES)[at % len(ARTICLES)]
        colour = list(COLOURS)[(at // len(ARTICLES)) % len(COLOURS)]
        master, sub = ARTICLES[article]
        pixels = np.full((40, 30, 3), 255, np.uint8)
        top = {"Tshirts": 2, "Casual Shoes": 22, "Watches": 12}[article]
        shade = np.array(COLOURS[colour]) + rng.integers(-18, 18, 3)
        pixels[top : top + 16, 3:27] = np.clip(shade, 0, 255)
        noise = rng.integers(-6, 6, pixels.shape)
        Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)).save(folder / "images" / f"{100 + at}.png")
        name = f"{colour} {article}" + (", slim fit" if at == 5 else "")
        rows.append([100 + at, ("Men", "Women")[at % 2], master, sub, article, colour, "Fall", "2011", "Casual", name])
    lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in rows)]
    (folder / "styles.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def make_catalog() -> Callable[..., Path]:
    return write_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "catalog")


@pytest.fixture(scope="session")
def make_encoder() -> type[FakeEncoder]:
    return FakeEncoder


def keep_features_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("ingest.job", "ingest.user_cache", "evaluation.study.compare", "evaluation.by_picture"):
        monkeypatch.setattr(f"likewise.{user}.features_folder", lambda: folder)


@pytest.fixture(autouse=True, scope="module")
def features_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests of a file share is not made with the user's cache either."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        keep_features_in(tmp_path_factory.mktemp("features"), monkeypatch)
        yield


@pytest.fixture(autouse=True)
def features_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test keeps features: neither the user's cache nor another test's."""
    folder = tmp_path_factory.mktemp("features")
    keep_features_in(folder, monkeypatch)
    return folder


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(scope="session")
def fashion() -> Path:
    """The real products; under CI they must be there."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "fashion"
    folder = Path(os.environ.get("LIKEWISE_TEST_DATA", default))
    if not (folder / "styles.csv").is_file():
        message = f"no real products in {folder}; set LIKEWISE_TEST_DATA to a folder with styles.csv and images/"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def read_rows() -> Callable[[bytes], list[dict[str, str]]]:
    return lambda data: list(csv.DictReader(data.decode().splitlines()))


@pytest.fixture(scope="session")
def sha256() -> Callable[[bytes], str]:
    return lambda data: hashlib.sha256(data).hexdigest()


@pytest.fixture
def killed_before_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """A block in which a writer dies when all its products have arrived, but not its manifest."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    @contextmanager
    def killed() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr("likewise.ingest.index.stores.server.writer.set_metadata", die)
            patch.setattr("likewise.ingest.index.stores.embedded.writer.EmbeddedWriter.commit", die)
            with pytest.raises(KeyboardInterrupt):
                yield

    return killed


SERVER = os.environ.get("LIKEWISE_TEST_QDRANT_URL", "")
STORES = ["embedded", "memory", *(["rest", "grpc"] if SERVER else [])]


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[Store]:
    """An empty store of a kind, gone afterwards."""
    if kind == "embedded":
        yield EmbeddedStore(folder / "index", create=True)
    elif kind == "memory":
        client = QdrantClient(":memory:")
        yield ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1, lag=0.01)), "shop")
        client.close()
    else:
        yield from on_server(grpc=kind == "grpc")


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every store there is; a real server's where LIKEWISE_TEST_QDRANT_URL names one."""
    with store_of(request.param, tmp_path) as store:
        yield store


@pytest.fixture(scope="module", params=STORES)
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """`any_store` for tests that only read what one of them wrote."""
    with store_of(request.param, tmp_path_factory.mktemp("shared")) as store:
        yield store


def on_server(*, grpc: bool) -> Iterator[ServerStore]:
    """An index of its own on the real server, removed afterwards."""
    options = ServerOptions(
        api_key=os.environ.get("LIKEWISE_TEST_QDRANT_API_KEY"),
        grpc=grpc,
        grpc_port=int(os.environ.get("LIKEWISE_TEST_QDRANT_GRPC_PORT", "6334")),
        layout=Layout(replication_factor=int(os.environ.get("LIKEWISE_TEST_QDRANT_REPLICAS", "1"))),
    )
    name = f"likewise-test-{uuid.uuid4().hex[:12]}"
    store = ServerStore.connect(f"{SERVER.rstrip('/')}/{name}", options)
    yield store
    client = Connection.open(Address.parse(f"{SERVER.rstrip('/')}/{name}"), options).client
    for collection in client.get_collections().collections:
        if collection.name.startswith(f"{name}."):
            client.delete_collection(collection.name)
    store.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: one that began last would keep one worker busy, and the other idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of a browser; under CI those tests run, and fail."""
    if shutil.which("chromium") is None and not os.environ.get("CI"):
        terminalreporter.write_line("Left out: the tests of the page (tests/page), which need `chromium` in PATH.")
