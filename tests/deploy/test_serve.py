"""`likewise serve` as its users run it: a process."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from likewise.deploy.cli.serve import _listen
from likewise.ingest import Recipe, ingest


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
    command = [str(Path(sys.executable).with_name("likewise")), "serve", "--port", "0", *map(str, arguments)]
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
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(make_index, tmp_path, number):
    index = make_index(tmp_path / "index")
    with (
        serve("--store", index) as (process, address),
        # A connection that is kept alive must not hold the process back.
        httpx.Client(base_url=address, trust_env=False, timeout=30) as http,
    ):
        assert http.get("/readyz").json() == {"version": "v000001", "products": 48}
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
    assert len(errors.splitlines()) == 1
    assert "Version v000001 is open (48 products)" in errors


def test_an_answer_does_not_wait_for_an_acknowledgement():
    """Without TCP_NODELAY all but the first few take 40 ms and more."""
    with (
        _listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_with_wait_it_starts_before_there_is_an_index(make_index, tmp_path):
    with serve("--wait", "--refresh", 0.2, LIKEWISE_STORE=str(tmp_path / "index")) as (process, address):
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as http:
            assert http.get("/healthz").status_code == 200
            assert http.get("/readyz").status_code == 503
            make_index(tmp_path / "index")
            deadline = time.monotonic() + 20
            while http.get("/readyz").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == 0


def test_what_cannot_start_says_so_in_one_line(make_index, tmp_path):
    index = make_index(tmp_path / "index")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, code, text in (
            (["--store", tmp_path / "nowhere"], 6, "There is no index in"),
            (["--store", "http://qdrant:6333/", "--wait"], 2, "http://qdrant:6333/"),
            (["--store", index, "--port", port], 2, f"Cannot listen on 127.0.0.1 port {port}"),
        ):
            command = [str(Path(sys.executable).with_name("likewise")), "serve", *map(str, arguments)]
            run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            assert run.returncode == code, run.stderr
            assert run.stderr.splitlines()[-1].startswith("Error: ")
            assert text in run.stderr
            assert "Traceback" not in run.stderr
