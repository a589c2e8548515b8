"""Pictures that wait together are encoded together; features are remembered within a bound, by all workers."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest

from likewise.ingest.errors import WeightsError
from likewise.search.service.pictures.batches import Batches
from likewise.search.service.pictures.remembered import WAYS, RememberedFeatures
from likewise.search.service.recent import Recent


class Held:
    """An encoder that encodes when it is let go."""

    def __init__(self):
        self.go = threading.Event()
        self.sizes = []

    def encode(self, pixels):
        assert self.go.wait(10)
        self.sizes.append(len(pixels))
        return np.stack([each.ravel() for each in pixels]).astype(np.float32)


def pixels(value):
    return np.full((1, 2), value, np.uint8)


def run(conversation, most=4):
    async def main():
        with ThreadPoolExecutor(1) as thread:
            await asyncio.wait_for(conversation(Batches(thread, nullcontext(), most)), 20)

    asyncio.run(main())


def test_pictures_that_wait_are_encoded_together_and_get_their_own_features():
    async def conversation(batches):
        encoder = Held()
        waiting = [asyncio.create_task(batches.encode(encoder, pixels(at))) for at in range(10)]
        await asyncio.sleep(0.05)
        encoder.go.set()
        found = await asyncio.gather(*waiting)
        assert [list(each) for each in found] == [[at, at] for at in range(10)]
        # All ten were there before the thread was free.
        assert encoder.sizes == [4, 4, 2]
        assert list(await batches.encode(encoder, pixels(7))) == [7, 7]

    run(conversation)


def test_a_visitor_who_leaves_is_not_encoded_for():
    async def conversation(batches):
        encoder = Held()
        first, gone, last = (asyncio.create_task(batches.encode(encoder, pixels(at))) for at in range(3))
        await asyncio.sleep(0.05)
        later = asyncio.create_task(batches.encode(encoder, pixels(9)))
        await asyncio.sleep(0.05)
        later.cancel()
        gone.cancel()
        encoder.go.set()
        assert (list(await first), list(await last)) == ([0, 0], [2, 2])
        assert sum(encoder.sizes) == 3

    run(conversation)


def test_two_encoders_are_not_mixed():
    async def conversation(batches):
        one, other = Held(), Held()
        waiting = [asyncio.create_task(batches.encode((one, other)[at % 2], pixels(at))) for at in range(4)]
        one.go.set()
        other.go.set()
        await asyncio.gather(*waiting)
        assert (one.sizes, other.sizes) == ([2], [2])

    run(conversation)


def test_what_the_encoder_finds_wrong_is_told_to_all_who_wait_and_to_nobody_later():
    class Damaged(Held):
        def encode(self, pixels):
            super().encode(pixels)
            raise WeightsError("NaN")

    async def conversation(batches):
        encoder = Damaged()
        waiting = [asyncio.create_task(batches.encode(encoder, pixels(at))) for at in range(3)]
        await asyncio.sleep(0.02)
        encoder.go.set()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, WeightsError) for each in found)
        well = Held()
        well.go.set()
        assert list(await batches.encode(well, pixels(1))) == [1, 1]

    run(conversation)


def features(value, width=16):
    return np.full(width, value, np.float32)


def memory(records, width=16):
    return bytearray(records * (32 + 8 + 4 + 4 * width))


def test_features_are_remembered_by_picture_part_and_encoder():
    known = RememberedFeatures(memory(80))
    known.put("a", "", "net", features(1))
    known.put("a", "0,0,1,1", "net", features(2))
    known.put("a", "", "other", features(3))
    assert [known.get("a", part, net, 16)[0] for part, net in (("", "net"), ("0,0,1,1", "net"), ("", "other"))] == [
        1,
        2,
        3,
    ]
    assert known.get("b", "", "net", 16) is None
    known.put("a", "", "net", features(4))
    assert known.get("a", "", "net", 16)[0] == 4


def test_what_was_used_longest_ago_is_forgotten_first():
    now = iter(range(1, 1000))
    known = RememberedFeatures(memory(WAYS), lambda: next(now))
    for at in range(WAYS):
        known.put(str(at), "", "net", features(at))
    assert known.get("0", "", "net", 16)[0] == 0
    known.put("new", "", "net", features(9))
    assert known.get("0", "", "net", 16)[0] == 0
    assert known.get("1", "", "net", 16) is None
    assert known.get("new", "", "net", 16)[0] == 9


def test_workers_share_what_they_remember():
    shared = memory(80)
    one, other = RememberedFeatures(shared), RememberedFeatures(memoryview(shared))
    one.put("a", "", "net", features(5))
    assert other.get("a", "", "net", 16)[0] == 5


@pytest.mark.parametrize("at", range(0, 108, 9))
def test_what_two_workers_wrote_at_once_counts_as_forgotten(at):
    shared = memory(WAYS)
    known = RememberedFeatures(shared)
    known.put("a", "", "net", features(5))
    (start,) = [start for start in range(0, len(shared), 108) if any(shared[start : start + 108])]
    shared[start + at] ^= 255
    # The time of the last use is no part of what must be right.
    assert (known.get("a", "", "net", 16) is None) == (not 32 <= at < 40)


def test_another_encoder_with_features_of_another_width_takes_the_memory_over():
    shared = memory(80)
    known = RememberedFeatures(shared)
    known.put("a", "", "net", features(5))
    for at in range(200):
        known.put(str(at), "", "wide", features(at, 40))
    assert known.get("199", "", "wide", 40)[0] == 199
    found = known.get("a", "", "net", 16)
    assert found is None or found[0] == 5


def test_a_memory_that_holds_nothing_remembers_nothing():
    known = RememberedFeatures(bytearray(100))
    known.put("a", "", "net", features(5))
    assert known.get("a", "", "net", 16) is None


def test_recent_contents_stay_within_their_bytes():
    one = Recent(10**6)
    one.put("a", b"1234")
    recent = Recent(2 * one.size)
    recent.put("a", b"1234")
    recent.put("b", b"1234")
    assert recent.get("a") == b"1234"
    recent.put("c", b"1234")
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (b"1234", None, b"1234")
    recent.put("c", b"12")
    recent.put("c", b"1234")
    assert recent.size == 2 * one.size
    # An entry is no smaller than what it was asked with.
    recent.put("d" * 4000, b"")
    assert recent.size == 0
    recent.put("e", b"12")
    recent.clear()
    assert (recent.get("e"), recent.size) == (None, 0)
