"""Archives from strangers, sealed as ours are: refused, or restored just as they were, and cheaply either way."""

import dataclasses
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import LikewiseError, StoreError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.archive import seal as archive_seal
from likewise.ingest.index.archive.contents import BLOCK, MAX_BLOCK, MAX_TEXT
from likewise.ingest.index.stores import Candidate, Record
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
MEMORY = 64 * 2**20
"""Bytes that a refusal may take. The archive has 50 kB; a 16 MB block of payloads is allowed."""

FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


class Shelf:
    """A store in memory that holds the one version that is restored, and counts it as every store does."""

    def begin(self, manifest, model):
        self.model, self.points, self.attached = model, {}, {}
        return self

    def upsert(self, points):
        self.points |= {point.key: (point.payload, point.vector.tobytes()) for point in points}

    def attach(self, name, content):
        self.attached[name] = content

    def commit(self, manifest):
        if len(self.points) != manifest.products:
            raise StoreError("another count")
        self.manifest = manifest
        return Candidate(self, manifest)

    def abort(self):
        self.points = {}


@pytest.fixture(scope="module")
def source(tmp_path_factory, make_catalog, make_encoder):
    """An export in two blocks, so that entries can be exchanged."""
    folder = tmp_path_factory.mktemp("strangers")
    store = EmbeddedStore(folder / "index", create=True)
    ingest(make_catalog(folder / "catalog"), store, recipe=RECIPE, encoder=make_encoder(), cache=folder / "cache")
    with pytest.MonkeyPatch.context() as patch, store.open() as reader:
        patch.setattr("likewise.ingest.index.archive.archive.BLOCK", 24)
        export_version(reader, folder / "shop.likewise", Silent())
    return folder / "shop.likewise"


@pytest.fixture(scope="module")
def expected(source):
    return restored(source)


@pytest.fixture
def scratch(source):
    return source.with_name("altered.likewise")


def restored(file):
    """What a restore makes of a file, None when it is refused."""
    shelf = Shelf()
    try:
        restore_version(shelf, file, Silent())
    except LikewiseError:
        return None
    return shelf.points, shelf.model.hash, shelf.attached, shelf.manifest


# Hypothesis calls a test many times with the same fixtures; `scratch` is written anew each time.
@FUZZ
@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=8))
def test_flipped_bytes_under_a_new_seal_are_refused_or_mean_nothing(source, expected, scratch, flips):
    data = bytearray(source.read_bytes())
    for at, mask in flips:
        data[at % (len(data) - archive_seal.SIZE)] ^= mask
    scratch.write_bytes(data)
    archive_seal.seal(scratch)
    assert restored(scratch) in (None, expected)


NAMES = st.sampled_from(
    ["points/000000.jsonl", "points/000002.f32", "model/x", "attachments/x", "../x", "manifest.json"]
)
CHANGES = st.one_of(
    st.tuples(st.just("drop"), st.integers(0, 99), st.none()),
    st.tuples(st.just("rename"), st.integers(0, 99), NAMES),
    st.tuples(st.just("exchange"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("copy"), st.integers(0, 99), NAMES),
    st.tuples(st.just("grow"), st.integers(0, 99), st.binary(min_size=1, max_size=5000)),
    st.tuples(st.just("cut"), st.integers(0, 99), st.integers(1, 5000)),
    st.tuples(st.just("flip"), st.integers(0, 99), st.integers(0, 10**5)),
)


def apply(entries, changes):
    for kind, at, more in changes:
        names = list(entries)
        name = names[at % len(names)]
        data = entries[name]
        if kind == "drop":
            del entries[name]
        elif kind == "rename":
            entries[more] = entries.pop(name)
        elif kind == "exchange":
            other = names[more % len(names)]
            entries[name], entries[other] = entries[other], data
        elif kind == "copy":
            entries[more] = data
        elif kind == "grow":
            entries[name] = data + more
        elif kind == "cut":
            entries[name] = data[:-more]
        elif data:
            position = more % len(data)
            entries[name] = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        if not entries:
            break
    return entries


@FUZZ
@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
def test_altered_entries_are_refused_or_mean_nothing(source, expected, scratch, forge, changes):
    forge(source, scratch, lambda entries: apply(entries, changes), listed=False)
    assert restored(scratch) in (None, expected)


@FUZZ
@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
def test_entries_that_a_stranger_lists_anew_end_in_an_error_of_ours_or_a_whole_version(source, scratch, forge, changes):
    forge(source, scratch, lambda entries: apply(entries, changes))
    found = restored(scratch)
    assert found is None or len(found[0]) == found[3].products


def test_an_entry_that_is_there_twice_is_refused(source, scratch):
    scratch.write_bytes(source.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(scratch, "a") as archive:
        archive.writestr("points/000000.f32", archive.read("points/000001.f32"))
    archive_seal.seal(scratch)
    with pytest.raises(StoreError, match="twice"):
        restore_version(Shelf(), scratch, Silent())


LINES, VECTORS = "points/000000.jsonl", "points/000000.f32"


@pytest.mark.parametrize(
    ("change", "compression", "error"),
    [
        (lambda e: {**e, LINES: b"{}\n" * 5_000_000}, zipfile.ZIP_DEFLATED, "compressed"),
        (lambda e: {LINES: b"{}\n" * 5_000_000, **e}, zipfile.ZIP_LZMA, "compressed"),
        (lambda e: {**e, LINES: b"{}\n" * 5_000_000}, zipfile.ZIP_STORED, "5000000 lines"),
        (lambda e: {**e, LINES: b" " * (17 * 2**20)}, zipfile.ZIP_STORED, "larger than"),
        (lambda e: {**e, LINES: b'{"id":' + b"[" * (8 * 2**20) + b"\n"}, zipfile.ZIP_STORED, "damaged"),
        (lambda e: {**e, LINES: b'{"id":"x","p":[' + b'"",' * 2**20 + b'""]}\n'}, zipfile.ZIP_STORED, "damaged"),
        (lambda e: {**e, **{f"attachments/{at}": b"" for at in range(100)}}, zipfile.ZIP_STORED, "more than any"),
        (lambda e: {**e, "manifest.json": b"[" * 2**21}, zipfile.ZIP_STORED, "larger than"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(source, scratch, forge, change, compression, error):
    forge(source, scratch, change, compression=compression)
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match=error):
            restore_version(Shelf(), scratch, Silent())
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_lines_that_unpack_to_a_thousand_times_their_size_are_counted_first(source, scratch, forge):
    """What deflate makes of 15 MB of empty objects has 15 kB; as Python objects they would have a gigabyte."""
    plain = forge(source, scratch.with_name("plain"), lambda e: {**e, LINES: b"{}\n" * 5_000_000})
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(scratch, "w") as new:
        for name in old.namelist():
            packed = zipfile.ZIP_DEFLATED if name == LINES else zipfile.ZIP_STORED
            new.writestr(name, old.read(name), packed)
        new.comment = b"0" * archive_seal.SIZE
    archive_seal.seal(scratch)
    assert scratch.stat().st_size < 10**5
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="5000000 lines"):
            restore_version(Shelf(), scratch, Silent())
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("count", "width", "text"), [(1005, 20_000, 10), (20, 8, 2**20)])
def test_our_own_exports_fit_however_wide_their_vectors_and_long_their_texts(
    source, tmp_path, monkeypatch, count, width, text
):
    """Blocks of 1,000 would have 80 MB of vectors, or 20 MB of payloads: over what a restore takes."""
    assert min(count, BLOCK) * max(width * 4 / MAX_BLOCK, text / MAX_TEXT) > 1
    names = [str(at) for at in range(count)]

    class Wide:
        """A reader of made-up products: to index that many would take minutes."""

        def __init__(self, shelf):
            self.model = lambda: shelf.model
            self.manifest = dataclasses.replace(
                shelf.manifest, vector_dim=width, products=count, clusters={"0": count}, catalog_fingerprint=""
            )

        def attachments(self):
            return []

        def scroll(self, **_):
            vector = np.eye(1, width, dtype=np.float32)[0]
            for name in names:
                yield Record(name, {"id": name, "cluster": "0", "productDisplayName": "x" * text}, vector)

    class Counting(Shelf):
        def upsert(self, points):
            self.points |= dict.fromkeys(point.key for point in points)

    shelf = Shelf()
    restore_version(shelf, source, Silent())
    export_version(Wide(shelf), tmp_path / "wide", Silent())
    # The model is of another width than these products.
    monkeypatch.setattr("likewise.ingest.index.archive.contents.Contents.model", lambda *_: None)
    found = Counting()
    restore_version(found, tmp_path / "wide", Silent())
    assert found.points.keys() == set(names)
