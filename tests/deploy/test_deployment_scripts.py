"""The two shell scripts of the compose files, run for real with stand-ins for what they start."""

import json
import os
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture
def program(tmp_path):
    """Writes an executable in a folder that comes first on the PATH."""
    (tmp_path / "bin").mkdir()

    def write(name, text):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    return write


@pytest.fixture
def run(tmp_path):
    def start(script, *words, **environment):
        path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", DEPLOY / script, *words],
            cwd=tmp_path,
            env={"PATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return start


@pytest.fixture
def secrets(tmp_path):
    for name, content in (("api_key", "full\n"), ("read_only_key", "read\r\n"), ("alt_api_key", "")):
        (tmp_path / name).write_text(content, newline="")
    return tmp_path


def test_qdrant_gets_its_keys_from_files(secrets, program, run):
    program("entrypoint.sh", 'echo "$*"; env | grep ^QDRANT')
    done = run("qdrant-start.sh", "--uri", "http://qdrant:6335", SECRETS=str(secrets))
    assert done.returncode == 0, done.stderr
    words, *variables = done.stdout.splitlines()
    assert words == "--uri http://qdrant:6335", "no key on the command line"
    assert sorted(variables) == ["QDRANT__SERVICE__API_KEY=full", "QDRANT__SERVICE__READ_ONLY_API_KEY=read"]


def test_qdrant_gets_a_second_key_while_keys_are_rotated(secrets, program, run):
    program("entrypoint.sh", "env | grep ALT")
    (secrets / "alt_api_key").write_text("next\n")
    assert run("qdrant-start.sh", SECRETS=str(secrets)).stdout == "QDRANT__SERVICE__ALT_API_KEY=next\n"


@pytest.mark.parametrize("name", ["api_key", "read_only_key"])
@pytest.mark.parametrize("damage", ["empty", "missing"])
def test_qdrant_does_not_start_open(secrets, program, run, name, damage):
    program("entrypoint.sh", "echo started")
    (secrets / name).write_text("\n") if damage == "empty" else (secrets / name).unlink()
    done = run("qdrant-start.sh", SECRETS=str(secrets))
    assert done.returncode != 0
    assert "started" not in done.stdout
    assert name in done.stderr


def test_a_failed_night_is_told_and_the_next_one_waited_for(tmp_path, program, run):
    program("bin/likewise", 'echo "{\\"outcome\\": \\"refused\\", \\"words\\": \\"$*\\"}"; exit 10')
    # The second wait stops the script, as the end of the container does.
    program("bin/sleep", 'if [ -e slept ]; then kill -TERM $PPID; exec /bin/sleep 20; fi; echo "$1" > slept')
    done = run("nightly.sh", REINDEX_AT="04:30")
    assert done.returncode == 0, done.stderr
    first, line, code, second = done.stdout.splitlines()
    assert 0 <= int((tmp_path / "slept").read_text()) < 86_400
    assert first.startswith("next reindex at 04:30 UTC")
    assert second.startswith("next reindex at 04:30 UTC")
    assert json.loads(line) == {"outcome": "refused", "words": "reindex /catalog --json"}
    assert code == "likewise reindex ended with exit code 10"


def test_a_run_is_stopped_with_its_container(tmp_path, program, run):
    program("bin/sleep", "exit 0")
    program("bin/likewise", "trap 'echo stopped; exit 1' TERM; kill -TERM $PPID; i=0; while :; do i=$((i + 1)); done")
    done = run("nightly.sh")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "stopped"
