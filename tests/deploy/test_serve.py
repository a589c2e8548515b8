"""`likewise serve` as its users run it: a process, or several."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from likewise.deploy.demo_index import demo_index
from likewise.deploy.serving import Serving, listen
from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import StoreError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search.service.settings import Settings

LIKEWISE = str(Path(sys.executable).with_name("likewise"))


@pytest.fixture
def make_index(catalog, encoder):
    def make(folder):
        recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
        ingest(catalog, folder, recipe=recipe, encoder=encoder)
        return folder

    return make


@contextlib.contextmanager
def serve(*arguments, **environment):
    """The process, its address and what it prints."""
    command = [LIKEWISE, "serve", "--port", "0", *map(str, arguments)]
    # Kubernetes sets this one beside a Service named likewise.
    environment = {**os.environ, "LIKEWISE_PORT": "tcp://10.0.0.1:8000", **environment}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("Listening on http://127.0.0.1:"), process.stderr.read()
            yield process, line.split()[-1]
        finally:
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(30)
            process.kill()


def client(address, **more):
    return httpx.Client(base_url=address, trust_env=False, timeout=30, **more)


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def publish_another(index):
    store = EmbeddedStore(index)
    with store.open() as reader:
        writer = store.begin(reader.manifest, reader.model(), parent=reader.version)
        writer.commit(reader.manifest).publish()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(make_index, tmp_path, number):
    index = make_index(tmp_path / "index")
    with (
        serve("--store", index) as (process, address),
        # A connection that is kept alive must not hold the process back.
        client(address) as http,
    ):
        ready = http.get("/readyz")
        assert ready.json() == {"status": "ready", "version": "v000001", "products": 48}
        assert "Server" not in ready.headers
        assert len(http.get("/v1/similar/100?k=4").json()["hits"]) == 4
        # The index's encoder is this test's own: no such one is registered.
        refused = http.post("/v1/similar", content=(tmp_path / "catalog" / "images" / "100.png").read_bytes())
        assert refused.status_code == 409
        assert "Unknown encoder 'fake'" in refused.json()["error"]
        process.send_signal(number)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in errors
    told = [json.loads(line) for line in errors.splitlines()]
    assert all({"time", "level"} <= each.keys() for each in told)
    messages = [each["message"] for each in told if "message" in each]
    assert messages[0] == "Version v000001 is open (48 products)."
    assert "is searched by id only" in messages[1]
    requests = [(each["method"], each["route"], each["status"]) for each in told if "route" in each]
    assert requests == [
        ("GET", "/readyz", 200), ("GET", "/v1/similar/{id:path}", 200), ("POST", "/v1/similar", 409),
    ]  # fmt: skip


def test_an_answer_does_not_wait_for_an_acknowledgement():
    """Without TCP_NODELAY all but the first few take 40 ms and more."""
    (listening,) = listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()), listening.accept()[0] as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_with_wait_it_starts_before_there_is_an_index(make_index, tmp_path):
    with serve("--wait", "--refresh", 0.2, LIKEWISE_STORE=str(tmp_path / "index")) as (process, address):
        with client(address) as http:
            assert http.get("/healthz").status_code == 200
            assert http.get("/readyz").status_code == 503
            make_index(tmp_path / "index")
            until(lambda: http.get("/readyz").status_code == 200)
        process.terminate()
        assert process.wait(30) == 0


def test_a_version_without_the_column_that_is_hidden_is_never_shown(make_index, tmp_path):
    """Misspelt, or renamed by the version of this night, it would be seen."""
    make_index(tmp_path / "index")
    live = Serving(str(tmp_path / "index"), Settings(hide=("csot",)), wait=True).live()
    live.refresh()
    with pytest.raises(StoreError, match="--hide csot: there is no such column"), live.client():
        pass
    live.close()


def test_rules_are_followed_as_they_are_changed(make_index, tmp_path, caplog):
    make_index(tmp_path / "index")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "one"\naction = "never"\nproducts = ["101"]\n', "utf-8")
    live = Serving(str(tmp_path / "index"), Settings(), rules=rules).live()

    def followed():
        live.refresh()
        with live.client() as client:
            return client.similar("100").rules

    assert followed() == ("one",)
    rules.write_text('[[rule]]\nname = "another"\naction = "never"\nproducts = ["102"]\n', "utf-8")
    assert followed() == ("another",)
    rules.write_text('[[rule]]\naction = "nevr"\n', "utf-8")
    assert followed() == ("another",)
    assert "'nevr'" in caplog.text
    rules.unlink()
    assert followed() == ("another",)
    live.close()


def test_what_cannot_start_says_so_in_one_line(make_index, tmp_path):
    index = make_index(tmp_path / "index")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, code, text in (
            (["--store", tmp_path / "nowhere"], 6, "There is no index in"),
            (["--store", tmp_path / "nowhere", "--workers", "2"], 6, "There is no index in"),
            (["--store", "http://qdrant:6333/", "--wait"], 2, "http://qdrant:6333/"),
            (["--store", index, "--port", port], 2, f"Cannot listen on 127.0.0.1 port {port}"),
            (["--store", index, "--port", port, "--workers", 2], 2, f"Cannot listen on 127.0.0.1 port {port}"),
            ([], 2, "serve takes --store, or --demo"),
            (["--store", index, "--demo"], 2, "serve takes --store, or --demo"),
            (["--store", index, "--where", "gander=Men"], 2, "Did you mean 'gender'"),
            (["--store", index, "--hide", "colour"], 2, "--hide colour: there is no such column"),
            (["--store", index, "--prefix", "shop"], 2, "--prefix is a path"),
        ):
            run = subprocess.run(
                [LIKEWISE, "serve", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
            )
            assert run.returncode == code, run.stderr
            assert run.stderr.splitlines()[-1].startswith("Error: ")
            assert text in run.stderr
            assert "Traceback" not in run.stderr


def test_its_options_reach_the_service(make_index, tmp_path):
    index = make_index(tmp_path / "index")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "Gone"\naction = "never"\nproducts = ["103"]\n', "utf-8")
    options = ("--where", "gender=Men", "--hide", "usage,season", "--name", "Møbla", "--rules", rules)
    more = ("--prefix", "/shop", "--cors", "https://shop.example", "--no-log-requests")
    with (
        serve("--store", index, *options, *more, LIKEWISE_SERVE_TOKEN="s3cret") as (process, address),
        client(address, headers={"Authorization": "Bearer s3cret", "Origin": "https://shop.example"}) as http,
    ):
        assert address.endswith("/shop")
        schema = http.get("/v1/schema").json()
        assert (schema["name"], schema["products"]) == ("Møbla", 24)
        assert {"usage", "season"}.isdisjoint(each["name"] for each in schema["columns"])
        assert http.get("/v1/products/101").status_code == 404
        answer = http.get("/v1/similar/100?k=48&probe=all")
        assert answer.json()["rules"] == [{"name": "Gone", "action": "never"}]
        assert len(answer.json()["hits"]) == 23 - 1 * (103 % 2 == 0)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert http.get("/v1/schema", headers={"Authorization": "Bearer no"}).status_code == 401
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "s3cret" not in errors
    assert '"route"' not in errors


@pytest.fixture
def workers(make_index, tmp_path):
    """Two processes, with a folder of their own for what is temporary."""
    index, folder = make_index(tmp_path / "index"), tmp_path / "tmp"
    folder.mkdir()
    with serve("--store", index, "--workers", 2, "--refresh", 0.2, TMPDIR=str(folder)) as (process, address):
        yield process, address, index
        process.terminate()
        _, errors = process.communicate(timeout=40)
        assert process.returncode == 0
        assert all(json.loads(line) for line in errors.splitlines()), errors
        assert list(folder.iterdir()) == []


def children(process):
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8").split()
    return [pid for pid in map(int, listed) if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def total(address, name):
    lines = fresh(address, "/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def fresh(address, path):
    """Over a connection of its own, which any of the processes may take."""
    with client(address) as http:
        return http.get(path)


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists processes as Linux does")


@needs_proc
def test_the_numbers_of_all_workers_add_up_and_a_new_version_reaches_all(workers):
    process, address, index = workers
    assert len(children(process)) == 2
    for at in range(60):
        assert fresh(address, f"/v1/similar/{100 + at % 48}?k=3").status_code == 200
    route = 'likewise_http_request_seconds_count{method="GET",route="/v1/similar/{id:path}",status="200"}'
    assert total(address, route) == 60
    assert total(address, "likewise_serve_index_products") == 48
    publish_another(index)
    until(lambda: {fresh(address, "/readyz").json()["version"] for _ in range(12)} == {"v000002"})


@needs_proc
def test_a_worker_that_dies_is_replaced_and_the_other_answers_meanwhile(workers):
    process, address, _ = workers
    killed, left = children(process)
    for _ in range(10):
        fresh(address, "/v1/similar/100")
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(children(process)) == 2 and killed not in children(process))
    assert left in children(process)
    assert {fresh(address, "/v1/similar/100").status_code for _ in range(20)} == {200}
    # What the dead one has counted is not lost.
    assert total(address, "likewise_http_request_seconds_count") >= 30


@needs_proc
def test_workers_end_with_the_one_that_watches_however_it_goes(make_index, tmp_path):
    with serve("--store", make_index(tmp_path / "index"), "--workers", 2) as (process, _):
        there = children(process)
        process.kill()
        process.wait(10)
        until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in there))


@pytest.mark.parametrize("count", [1, 2])
def test_requests_in_flight_end_before_the_service_does(make_index, tmp_path, count):
    with serve("--store", make_index(tmp_path / "index"), "--workers", count) as (process, address):
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as wire:
            body = b'{"liked": ["100"], "k": 2}'
            head = f"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            wire.sendall(head.encode() + body[:5])
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert process.poll() is None
            wire.sendall(body[5:])
            assert b" 200 " in wire.recv(4096)
        assert process.wait(30) == 0


def test_the_sample_catalog_is_drawn_and_indexed_once(no_network, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path))
    index = demo_index(products=18)
    assert index == tmp_path / "demo" / "index"
    assert "draw products: 18" in capsys.readouterr().err
    assert demo_index(products=18) == index
    assert capsys.readouterr().err == ""
    # Its making was interrupted before anything was published.
    (index / "CURRENT").unlink()
    assert EmbeddedStore(demo_index(products=18)).open().manifest.products == 18
