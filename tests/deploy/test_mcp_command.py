"""`likewise mcp` as an assistant starts it: a process that speaks on its standard streams."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from likewise.ingest import Recipe, ingest

COMMAND = str(Path(sys.executable).with_name("likewise"))


@pytest.fixture
def index(catalog, encoder, tmp_path):
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    return tmp_path / "index"


def test_a_process_answers_calls_and_ends_with_its_assistant(index):
    async def run():
        server = StdioServerParameters(command=COMMAND, args=["mcp", "--store", str(index)])
        async with Client(server) as client:
            found = await client.call_tool("find_similar", {"product_id": "100", "k": 3})
            refused = await client.call_tool("find_similar", {"product_id": "nobody"})
            return json.loads(found.content[0].text), refused

    found, refused = asyncio.run(run())
    assert len(found["hits"]) == 3
    assert refused.is_error


def test_an_index_that_is_not_there_is_said_at_once(tmp_path):
    run = subprocess.run(
        [COMMAND, "mcp", "--store", str(tmp_path / "none")], input="", capture_output=True, text=True, check=False
    )
    assert run.returncode == 6
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


def test_a_missing_package_is_named(index, tmp_path):
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')")
    run = subprocess.run(
        [sys.executable, "-c", "from likewise.deploy.cli import main; main()", "mcp", "--store", str(index)],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert "pip install 'likewise[mcp]'" in run.stderr
    assert run.returncode == 2
