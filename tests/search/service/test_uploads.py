"""Bodies on their way, on an ASGI application: limits are small and senders wait for events, not for minutes."""

import asyncio
import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from likewise.search.service.errors import HANDLERS
from likewise.search.service.middlewares.limits import Limits
from likewise.search.service.turns import Turns
from likewise.search.service.uploads import UploadLimits, Uploads


class Work:
    """Is done with a body when it is let go."""

    def __init__(self):
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def do(self):
        self.asked.release()
        assert self.go.wait(20)
        return {"hits": []}


def application(work, limits, turns):
    uploads = Uploads(limits)

    async def upload(request):
        async with uploads.body(request):
            return JSONResponse(await asyncio.to_thread(work.do))

    return Limits(
        Starlette(routes=[Route("/v1/similar", upload, methods=["POST"])], exception_handlers=HANDLERS), turns
    )


class Sender:
    """A body that is sent piece by piece; the last one only when it is told to."""

    def __init__(self, *pieces, pause=0.0):
        self.pieces, self.pause = pieces, pause
        self.began, self.go = asyncio.Event(), asyncio.Event()

    async def body(self):
        for piece in self.pieces:
            yield piece
            await asyncio.sleep(self.pause)
        self.began.set()
        await self.go.wait()
        yield b"."


@pytest.fixture
def live():
    return Work()


@pytest.fixture
def talk(live):
    """Run a conversation with a service; it must not last."""

    def talk(conversation, turns=(1000, 30.0), **limits):
        async def main():
            transport = httpx.ASGITransport(application(live, UploadLimits(**limits), Turns(*turns)))
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
                await asyncio.wait_for(conversation(http), 20)

        asyncio.run(main())

    return talk


def post(http, content):
    return asyncio.create_task(http.post("/v1/similar", content=content))


async def asked(live):
    assert await asyncio.to_thread(live.asked.acquire, timeout=20)


def test_slow_senders_keep_nobody_waiting(live, talk):
    async def conversation(http):
        senders = [Sender(b"abc") for _ in range(100)]
        slow = [post(http, sender.body()) for sender in senders]
        await asyncio.gather(*(sender.began.wait() for sender in senders))
        live.go.set()
        quick = await asyncio.wait_for(http.post("/v1/similar", content=b"x"), 5)
        assert quick.status_code == 200
        for sender in senders:
            sender.go.set()
            await asyncio.sleep(0.005)
        assert {answer.status_code for answer in await asyncio.gather(*slow)} == {200}

    talk(conversation)


def test_a_sender_below_the_rate_is_given_up(talk):
    async def conversation(http):
        answer = await http.post("/v1/similar", content=Sender(*[b"a"] * 8, pause=0.02).body())
        assert (answer.status_code, answer.json()["type"]) == (408, "HTTPException")
        assert "at least 10 bytes every" in answer.json()["error"]

    talk(conversation, step=10, pause=0.1)


def test_a_sender_that_keeps_the_rate_is_waited_for_but_not_for_ever(live, talk):
    async def conversation(http):
        live.go.set()
        steady = Sender(*[b"a" * 10] * 20, pause=0.05)
        steady.go.set()
        assert (await http.post("/v1/similar", content=steady.body())).status_code == 200
        endless = Sender(*[b"a" * 10] * 1000, pause=0.05)
        assert (await http.post("/v1/similar", content=endless.body())).status_code == 408

    talk(conversation, step=10, pause=0.6, seconds=2.5)


def test_a_queue_that_is_full_refuses_before_the_body_is_read(live, talk):
    async def conversation(http):
        late, unread = Sender(b"late"), Sender(b"never")
        arriving = post(http, late.body())
        await late.began.wait()
        first = post(http, b"first")
        await asked(live)
        others = [post(http, b"other") for _ in range(2)]
        await asyncio.sleep(0.2)
        refused = await http.post("/v1/similar", content=unread.body())
        late.go.set()
        for answer in (refused, await arriving):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert answer.json()["error"] == "Too many pictures are on their way; try again."
        assert not unread.began.is_set()
        live.go.set()
        assert {(await each).status_code for each in (first, *others)} == {200}
        assert (await http.post("/v1/similar", content=b"next")).status_code == 200

    talk(conversation, working=1, waiting=2)


def test_all_bodies_together_have_a_bounded_memory(live, talk):
    async def conversation(http):
        live.go.set()
        slow = Sender(b"123456")
        held = post(http, slow.body())
        await slow.began.wait()
        refused = await http.post("/v1/similar", content=b"12345")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert (await http.post("/v1/similar", content=b"1234")).status_code == 200
        slow.go.set()
        assert (await held).status_code == 200
        # All is given back, also by those that were refused.
        for _ in range(3):
            assert (await http.post("/v1/similar", content=b"1234567890")).status_code == 200

    talk(conversation, memory=10)


def test_a_sender_holds_no_place_and_its_time_does_not_run(live, talk):
    async def conversation(http):
        live.go.set()
        slow = [Sender(b"abc") for _ in range(3)]
        arriving = [post(http, sender.body()) for sender in slow]
        await asyncio.gather(*(sender.began.wait() for sender in slow))
        assert (await http.post("/v1/similar", content=b"x")).status_code == 200
        await asyncio.sleep(0.4)
        for sender in slow:
            sender.go.set()
            await asyncio.sleep(0.05)
        assert {(await each).status_code for each in arriving} == {200}

    talk(conversation, turns=(1, 0.3))


def test_an_answer_that_takes_too_long_is_given_up(live, talk):
    async def conversation(http):
        answer = await http.post("/v1/similar", content=b"x")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["type"] == "TimeoutError"
        live.go.set()
        assert (await http.post("/v1/similar", content=b"x")).status_code == 200

    talk(conversation, turns=(1, 0.2))


def test_more_than_can_be_answered_at_once_are_told_to_come_back(live, talk):
    async def conversation(http):
        first = post(http, b"first")
        await asked(live)
        refused = await http.post("/v1/similar", content=b"second")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        live.go.set()
        assert (await first).status_code == 200

    talk(conversation, turns=(1, 20.0))
