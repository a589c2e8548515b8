"""The house: what is installed, what may import what, and that every module stands alone."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("ingest", "search", "evaluation", "deploy")
"""In the order of the imports: each may use those before it."""

MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.append(node.module)
    return names


def test_the_list_of_packages_matches_the_folders():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {"likewise." + ".".join(path.parent.relative_to(ROOT).parts) for path in MODULES}
    assert set(listed) == found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path):
    allowed = FOLDERS[: FOLDERS.index(path.relative_to(ROOT).parts[0]) + 1]
    for name in imports(path):
        first, *rest = name.split(".")
        assert first not in FOLDERS, f"{name} would import a bare top-level folder"
        if first == "likewise":
            assert rest[0] in allowed, f"{path.name} imports {name} against the direction"


def test_every_direct_import_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {line.split(">")[0].split("~")[0].split("=")[0].strip() for line in project["dependencies"]}
    distributions = {"sklearn": "scikit-learn", "PIL": "pillow", "umap": "umap-learn", "qdrant_edge": "qdrant-edge-py"}
    distributions |= {"qdrant_client": "qdrant-client"}
    used = {name.split(".")[0] for path in MODULES for name in imports(path)} - {"likewise"} - sys.stdlib_module_names
    assert {distributions.get(name, name) for name in used} <= declared


def test_every_module_imports_alone_without_a_warning_and_without_heavy_libraries():
    """One process for all: each module is imported into an emptied module table."""
    names = ["likewise." + ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES]
    names = [name.removesuffix(".__init__") for name in names]
    light = [name for name in names if ".benchmarks" not in name and ".plots" not in name and ".study" not in name]
    program = (
        "import sys, importlib\n"
        f"for name in {names!r}:\n"
        "    for known in [k for k in sys.modules if k.startswith('likewise')]: del sys.modules[known]\n"
        "    importlib.import_module(name)\n"
        f"    if name in {light!r}:\n"
        "        heavy = {'torch', 'sklearn', 'umap', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "        assert not heavy, (name, heavy)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_stay_small():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > 320} == {}
