"""Pictures over HTTP: every way in which a server can fail, and what a run makes of it."""

import pickle
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace

import pytest

from likewise.ingest.errors import ImageError, ParameterError, StoreError
from likewise.ingest.images import KeptPictures, Pictures, Refused, SourceOptions
from likewise.ingest.images.sources.answers import Validators
from likewise.ingest.images.sources.fetch import WebFetcher
from likewise.ingest.images.sources.outages import Outages
from likewise.ingest.images.sources.remote import Remote

OPTIONS = SourceOptions(allow_private=True, timeout=5, retries=2, max_bytes=2**20)


@pytest.fixture
def fetch(site):
    """Fetches a path once and returns its bytes, or the reason why not."""
    made = []

    def fetch(path, options=OPTIONS, known=None):
        fetcher = WebFetcher(options, backoff=0.01)
        made.append(fetcher)
        try:
            return fetcher.fetch(path if "://" in path else site.url + path, known or Validators()).data
        except ImageError as error:
            return error.reason

    yield fetch
    for each in made:
        each.close()


@pytest.fixture
def run(tmp_path):
    """Makes a new run over the same cache."""
    made = []

    def run(options=OPTIONS, **changes):
        made.append(Pictures(tmp_path, replace(options, **changes), cache=tmp_path / "cache"))
        return made[-1]

    yield run
    for each in made:
        each.close()


def reason(pictures, ref):
    with pytest.raises(ImageError) as caught:
        pictures.read(ref)
    return caught.value.reason


def test_a_picture_whatever_its_type_is_said_to_be(site, fetch):
    assert fetch("/1.jpg") == site.pictures["/1.jpg"]
    assert site.last["/1.jpg"]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "expected", "asked"),
    [
        ("/nothing.jpg", "not-found", 1),
        ("/status/410", "not-found", 1),
        ("/status/401", "http-401", 1),
        ("/status/403", "http-403", 1),
        ("/status/204", "http-204", 1),
        ("/status/304", "http-304", 1),
        ("/status/429", "http-429", 3),
        ("/status/500", "http-500", 3),
        ("/status/503", "http-503", 3),
        ("/short/1", "unreachable", 3),
        ("/cut-gzip/1", "unreachable", 3),
        ("/empty/1", "empty", 1),
        ("/huge/1", "too-large", 1),
        ("/endless/1", "too-large", 1),
        ("/bomb/1", "too-large", 1),
        ("/brotli/1", "wrong-format", 1),
        ("/to/1", "refused-address", 1),
    ],
)
def test_every_failure_has_its_reason_and_what_may_pass_is_tried_again(site, fetch, path, expected, asked):
    site.headers = {"Location": "ftp://shop.example/1.jpg"}
    assert (fetch(path), site.asked[path]) == (expected, asked)


def test_what_fails_at_first_is_fetched_in_the_end(site, fetch):
    site.failures["/1.jpg"] = [503, 429]
    site.headers = {"Retry-After": "0"}
    assert fetch("/1.jpg") == site.pictures["/1.jpg"]
    assert site.asked["/1.jpg"] == 3


@pytest.mark.parametrize("after", ["1", "Wed, 21 Oct 2015 07:28:00 GMT", "nonsense"])
def test_a_server_may_say_when_to_come_again(site, fetch, after):
    site.failures["/1.jpg"] = [429]
    site.headers = {"Retry-After": after}
    began = time.monotonic()
    assert fetch("/1.jpg") == site.pictures["/1.jpg"]
    assert (time.monotonic() - began >= 1) == (after == "1")


def test_a_server_that_asks_for_an_hour_has_failed(site, fetch, deadline):
    site.headers = {"Retry-After": "3600"}
    assert (fetch("/status/429"), site.asked["/status/429"]) == ("http-429", 1)


@pytest.mark.parametrize("path", ["/1.jpg", "/trickle/1"])
def test_the_time_of_an_attempt_is_bounded_also_where_single_bytes_trickle_in(site, fetch, path, deadline):
    site.delay = 0 if path.startswith("/trickle") else 2
    began = time.monotonic()
    assert fetch(path, replace(OPTIONS, timeout=0.3, retries=0)) == "timeout"
    assert time.monotonic() - began < 1.5


def test_compressed_content_is_bounded_while_it_is_unpacked(site, fetch):
    assert fetch("/gzip/1") == site.pictures["/1.jpg"]
    assert fetch("/bomb/1", replace(OPTIONS, max_bytes=2**18)) == "too-large"
    site.pictures["/1.jpg"] = bytes(2**20)
    assert len(fetch("/gzip/1")) == 2**20


def test_at_most_five_redirects(site, fetch):
    assert fetch("/redirect/5") == site.pictures["/1.jpg"]
    assert fetch("/redirect/6") == "unreachable"


def test_nobody_listens_and_no_such_name(fetch):
    assert fetch("http://127.0.0.1:9/1.jpg") == "unreachable"
    assert fetch("http://nothing.invalid/1.jpg") == "unreachable"


def test_a_picture_is_asked_for_once_a_run_and_sent_once_for_all(site, run):
    ref = f"{site.url}/1.jpg"
    first = run()
    assert [first.read(ref), first.read(ref)] == [site.pictures["/1.jpg"]] * 2
    assert site.asked["/1.jpg"] == 1
    assert "if-none-match" not in site.last["/1.jpg"]
    # The next run asks whether it has changed; it has not, and is not sent.
    time.sleep(0.01)
    assert run().read(ref) == site.pictures["/1.jpg"]
    assert site.asked["/1.jpg"] == 2
    assert "if-none-match" in site.last["/1.jpg"]
    assert run(max_age=3600).read(ref) == site.pictures["/1.jpg"]
    assert site.asked["/1.jpg"] == 2
    site.pictures["/1.jpg"] = b"another"
    assert run().read(ref) == b"another"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_bad_night_of_the_server_costs_nothing_that_was_fetched_before(site, run, status):
    refs = [f"{site.url}/{at}.jpg" for at in range(3)]
    before = [run().read(ref) for ref in refs]
    site.down = status
    pictures = run(retries=0)
    assert [pictures.read(ref) for ref in [*refs, *refs]] == before * 2
    assert (pictures.stale, site.asked["/1.jpg"]) == (3, 2)
    assert reason(pictures, f"{site.url}/9.jpg") == f"http-{status}"


@pytest.mark.parametrize(("status", "expected"), [(404, "not-found"), (410, "not-found"), (403, "http-403")])
def test_what_the_server_no_longer_has_is_rejected_although_there_is_a_copy(site, run, status, expected):
    ref = f"{site.url}/1.jpg"
    run().read(ref)
    site.down = status
    assert reason(run(), ref) == expected
    site.down = 500
    later = run(retries=0)
    assert (reason(later, ref) if expected == "not-found" else len(later.read(ref)) > 0) in ("http-500", True)


def test_a_host_that_is_gone_does_not_hold_up_each_of_its_pictures(site, run, tmp_path, deadline):
    ref = f"{site.url}/1.jpg"
    run().read(ref)
    site.delay = 1.0
    options = replace(OPTIONS, timeout=0.1, retries=0)
    fetcher = WebFetcher(options, outages=Outages(patience=0.5))
    remote = Remote(fetcher, KeptPictures(tmp_path / "cache"), fresh_since=time.time(), max_age=0)
    began = time.monotonic()
    reasons = [reason(remote, f"{site.url}/{at}.jpg") for at in range(2, 40)]
    assert time.monotonic() - began < 4
    # Patience first: eight that fail within half a second are not enough.
    assert 5 <= reasons.count("timeout") <= 9
    assert set(reasons[10:]) == {"unreachable"}
    assert (len(remote.read(ref)) > 0, remote.stale) == (True, 1)
    fetcher.close()


def test_a_host_is_tried_again_by_one_after_a_while():
    outages = Outages(most=2, patience=0, rest=0.1)
    outages.failed("a")
    assert not outages.is_out("a")
    outages.failed("a")
    assert (outages.is_out("a"), outages.is_out("b")) == (True, False)
    time.sleep(0.15)
    assert [outages.is_out("a"), outages.is_out("a")] == [False, True]
    outages.answered("a")
    assert not outages.is_out("a")
    patient = Outages(most=1, patience=60)
    patient.failed("a")
    assert not patient.is_out("a")


def test_pictures_are_fetched_ahead_several_at_once_and_in_order(site, run):
    site.delay = 0.1
    refs = [f"{site.url}/{at}.jpg" for at in range(40)] + [f"{site.url}/missing.jpg"]
    pictures = run()
    began = time.monotonic()
    assert list(pictures.prefetch(refs)) == refs
    assert time.monotonic() - began < 2.5
    assert 4 <= site.most_at_once <= OPTIONS.parallel
    asked = site.asked.total()
    assert [pictures.read(ref) for ref in refs[:-1]] == [site.pictures[f"/{at}.jpg"] for at in range(40)]
    assert reason(pictures, refs[-1]) == "not-found"
    assert site.asked.total() == asked


def test_fetching_ahead_reads_no_further_than_it_must_and_can_be_left(site, run):
    taken = []

    def refs():
        for at in range(10_000):
            taken.append(at)
            yield f"{site.url}/{at % 40}.jpg"

    ahead = run().prefetch(refs())
    next(ahead)
    ahead.close()
    assert len(taken) <= 32 * OPTIONS.parallel


def test_files_are_not_waited_for(run):
    refs = (ref for ref in ["a.jpg", "b.jpg"])
    ahead = run().prefetch(refs)
    assert next(ahead) == "a.jpg"
    assert list(refs) == ["b.jpg"]


def test_the_same_address_from_many_threads_is_fetched_once(site, run):
    site.delay = 0.2
    pictures = run()
    read = []
    threads = [threading.Thread(target=lambda: read.append(pictures.read(f"{site.url}/1.jpg"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(read), set(read), site.asked["/1.jpg"]) == (6, {site.pictures["/1.jpg"]}, 1)


def test_credentials_of_an_address_are_sent_and_shown_nowhere(site, run, tmp_path):
    secret = site.url.replace("http://", "http://shop:s3cret@")
    pictures = run()
    picture = pictures.find(f"{secret}/1.jpg")
    assert picture.ref == f"{site.url}/1.jpg"
    assert picture.read() == site.pictures["/1.jpg"]
    assert site.last["/1.jpg"]["authorization"].startswith("Basic ")
    missing = pickle.loads(pickle.dumps(pictures.find(f"{secret}/nothing.jpg?key=s3cret")))
    with pytest.raises(ImageError) as caught:
        missing.read()
    refused = [
        pictures.find(f"http://shop:s3cret@{host}/1.jpg") for host in ("169.254.1.1", "[::", "a b", "x:99999", "")
    ]
    refused.append(pictures.find(f"{secret.replace('s3cret', 'other')}/1.jpg"))
    assert all(isinstance(each, Refused) and "s3cret" not in each.detail for each in refused)
    assert "s3cret" not in str(caught.value)
    assert not any(b"s3cret" in path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_credentials_do_not_follow_a_redirect_to_another_host(site, run):
    site.headers = {"Location": f"{site.url.replace('127.0.0.1', 'localhost')}/1.jpg"}
    assert run().find(f"{site.url.replace('http://', 'http://shop:s3cret@')}/to/1").read() == site.pictures["/1.jpg"]
    assert "authorization" in site.last["/to/1"]
    assert "authorization" not in site.last["/1.jpg"]


def test_several_processes_share_one_cache(site, tmp_path):
    program = (
        "import sys; from pathlib import Path; from likewise.ingest.images import Pictures, SourceOptions\n"
        "root, url = Path(sys.argv[1]), sys.argv[2]\n"
        "with Pictures(root, SourceOptions(allow_private=True), cache=root / 'cache') as pictures:\n"
        "    refs = [f'{url}/{at}.jpg' for at in range(40)]\n"
        "    print(sum(len(pictures.read(ref)) for ref in pictures.prefetch(refs)))\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path), site.url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    total = sum(map(len, site.pictures.values()))
    assert [int(each.communicate(timeout=60)[0]) for each in running] == [total] * 2
    assert KeptPictures(tmp_path / "cache").usage().pictures == 40


def test_addresses_without_a_scheme_are_the_webs(run):
    assert run().find("//cdn.shop.example/1.jpg").ref == "https://cdn.shop.example/1.jpg"


def test_a_cache_that_cannot_be_written_stops_the_run(site, run, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StoreError, match="LIKEWISE_CACHE"):
        run().read(f"{site.url}/1.jpg")
    with pytest.raises(StoreError):
        list(run().prefetch([f"{site.url}/1.jpg"]))


def test_memory_does_not_grow_with_what_a_server_sends(fetch):
    tracemalloc.start()
    assert fetch("/endless/1") == "too-large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize(
    "change", [{"timeout": 0}, {"parallel": 0}, {"retries": -1}, {"max_bytes": 0}, {"timeout": float("nan")}]
)
def test_impossible_options_are_refused(change):
    with pytest.raises(ParameterError, match=next(iter(change))):
        SourceOptions(**change)
