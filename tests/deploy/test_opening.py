"""`likewise search --open`: a service of one's own, and a browser at the address of the search."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from likewise.deploy.opening import page_parameters
from likewise.search import SearchOptions
from likewise.search.filtering.text_filters import parse_where_options

COMMAND = str(Path(sys.executable).with_name("likewise"))


def test_the_page_is_opened_at_the_search_and_ends_with_a_signal(index, tmp_path):
    # What opens addresses here writes them down.
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened.part\nmv {tmp_path}/opened.part {tmp_path}/opened\n')
    browser.chmod(0o755)
    command = [COMMAND, "search", "--store", str(index), "--id", "100", "--where", "gender=Men", "--open"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": str(browser)}
    ) as process:
        try:
            address = next(line.strip() for line in process.stderr if line.startswith("http://"))
            page = httpx.get(address, trust_env=False, timeout=30)
            assert page.status_code == 200
            assert parse_qsl(urlsplit(address).query) == [("id", "100"), ("where", "gender=Men")]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert (tmp_path / "opened").read_text().strip() == address


def test_every_option_is_in_the_address():
    options = SearchOptions(
        where=parse_where_options(["gender=Men", "price<50 || brand=Nike"]), probe="all", prior=0.3, diversity=0.2,
        group_by="style", distinct=0.98, boost=["in_stock", "-price:0.2"], rectangle="0,0.5,1,0.5", fallback=True,
        score_threshold="confident",
    )  # fmt: skip
    found = page_parameters(options, ["7"], ["8"], ["9"])
    assert found[:5] == [("id", "7"), ("where", "gender=Men"), ("where", "price<50 || brand=Nike"), ("like", "8"),
                         ("dislike", "9")]  # fmt: skip
    others = [pair for pair in found if pair[0] not in ("id", "like", "dislike")]
    assert SearchOptions.from_texts(others) == options
    assert page_parameters(SearchOptions(), [], [], []) == []


@pytest.mark.parametrize(
    "arguments",
    [("--id", "1", "--id", "2"), ("--liked", "1", "--liked-image", "x.png"), ("--id", "1", "--version", "v")],
)
def test_what_the_page_cannot_show_is_refused(index, arguments):
    run = subprocess.run(
        [COMMAND, "search", "--store", str(index), *arguments, "--open"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "page" in run.stderr or "--open" in run.stderr
