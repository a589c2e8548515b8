"""The cache of what was fetched: whole or not at all, whoever else writes or prunes."""

import os
import threading
import time

import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.images import KeptPictures, Usage
from likewise.ingest.images.sources.answers import Validators

NONE = Validators()
DAY = 86_400.0


@pytest.fixture
def kept(tmp_path):
    return KeptPictures(tmp_path / "pictures")


def age(kept, days):
    """As if all that is there had been written so long ago."""
    then = time.time() - days * DAY
    for path in kept.folder.rglob("*"):
        os.utime(path, (then, then))


def test_what_is_kept_is_found_with_its_validators(kept):
    entry = kept.keep("https://a/1", b"one", Validators('"tag"', "yesterday"))
    assert kept.entry("https://a/1") == entry
    assert (kept.read(entry.content), entry.validators.etag) == (b"one", '"tag"')
    assert kept.entry("https://a/2") is None
    kept.keep("https://a/2", b"one", NONE)
    assert kept.usage() == Usage(pictures=1, size=3, addresses=2)
    kept.forget("https://a/2")
    kept.forget("https://a/2")
    assert kept.usage().addresses == 1


def test_addresses_are_not_written_down(kept):
    kept.keep("https://a/1?signature=s3cret", b"one", NONE)
    assert not any(b"s3cret" in path.read_bytes() for path in kept.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"content": "../../x", "etag": "", "modified": "", "checked": 0}']
)
def test_a_damaged_entry_counts_as_never_fetched(kept, damage):
    kept.keep("https://a/1", b"one", NONE)
    next(kept.folder.glob("addresses/*/*.json")).write_bytes(damage)
    assert kept.entry("https://a/1") is None


def test_damaged_content_is_not_used_and_replaced(kept):
    entry = kept.keep("https://a/1", b"one", NONE)
    next(kept.folder.glob("contents/*/*")).write_bytes(b"two")
    assert kept.read(entry.content) is None
    kept.keep("https://a/1", b"one", NONE)
    assert kept.read(entry.content) == b"one"


def test_pruning_by_age_keeps_what_was_checked_lately(kept):
    for at in range(3):
        kept.keep(f"https://a/{at}", bytes(100 + at), NONE)
    age(kept, 40)
    kept.note("https://a/1", kept.entry("https://a/1").content, NONE)
    assert kept.prune(unchecked_days=30) == 100 + 102
    assert [kept.entry(f"https://a/{at}") is not None for at in range(3)] == [False, True, False]
    assert kept.usage() == Usage(1, 101, 1)


def test_pruning_by_size_drops_what_was_checked_longest_ago(kept):
    for at in range(4):
        kept.keep(f"https://a/{at}", bytes([at]) * 100, NONE)
    age(kept, 1)
    for at, days in enumerate((4, 3, 2, 1)):
        path = kept._address(f"https://a/{at}")
        os.utime(path, (time.time() - days * DAY,) * 2)
    assert kept.prune(most_bytes=250) == 200
    assert [kept.entry(f"https://a/{at}") is not None for at in range(4)] == [False, False, True, True]


def test_pruning_leaves_what_another_process_may_be_about_to_note_and_removes_old_drafts(kept):
    entry = kept.keep("https://a/1", b"one", NONE)
    kept.forget("https://a/1")
    draft = kept._address("https://a/2").with_suffix(".json.abc.part")
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half")
    assert kept.prune(unchecked_days=0) == 0
    assert kept.read(entry.content) == b"one"
    assert draft.exists()
    age(kept, 1)
    assert kept.prune() == 3 + 4
    assert not draft.exists()


def test_an_empty_cache(kept):
    assert (kept.usage(), kept.prune(most_bytes=0)) == (Usage(0, 0, 0), 0)


def test_writers_and_pruners_at_the_same_time(kept):
    failed = []

    def work(seed):
        try:
            for at in range(60):
                data = b"%d" % ((at * seed) % 7)
                entry = kept.keep(f"https://a/{at % 5}", data, NONE)
                assert kept.read(entry.content) in (data, None)
                kept.prune(unchecked_days=0 if seed == 1 else 1)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert not list(kept.folder.rglob("*.part"))


def test_a_folder_that_cannot_be_written_says_what_to_do(kept, request):
    kept.folder.mkdir()
    kept.folder.chmod(0o500)
    request.getfixturevalue("powerless")
    with pytest.raises(StoreError, match=r"(Permission denied|Not a directory).*LIKEWISE_CACHE"):
        kept.keep("https://a/1", b"one", NONE)
