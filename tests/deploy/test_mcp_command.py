"""`likewise mcp` as an assistant starts it: a process that speaks on its standard streams."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

COMMAND = str(Path(sys.executable).with_name("likewise"))


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
