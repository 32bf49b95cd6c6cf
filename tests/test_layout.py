"""The house's plan, where no linter reads it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "gateway"
TESTS = ROOT / "tests"

WITHOUT_TESTS = {
    "__main__.py": "starts the command; tests of the command run it",
    "interfaces.py": "holds Protocols; tests/contracts checks their implementations",
    "stores/migrations/*": "run by every test of the stores",
}
"""Modules without a test file of their own, and why."""

WITHOUT_MODULE = {
    "benchmarks/*": "measure the whole",
    "contracts/*": "one suite a seam",
    "journeys/*": "go through HTTP",
    "test_layout.py": "this file",
    "test_packaging.py": "is about files beside the package",
    "test_readme.py": "is about a file beside the package",
}
"""Test files that mirror no module, and why."""

FEW_LINES = 10
"""A module with fewer lines of code holds names only."""

BY_NAME = {"litellm": {"providers/litellm.py"}, "httpx": {"providers/litellm.py"}}
"""Libraries that are imported by name, which import-linter does not see: where each may be."""


def modules() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE)


def is_one_of(path: Path, patterns: dict[str, str]) -> bool:
    return any(path.match(pattern) or path.parent.match(pattern) for pattern in patterns)


def is_tiny(path: Path) -> bool:
    lines = (SOURCE / path).read_text().splitlines()
    return sum(bool(line.strip()) for line in lines) < FEW_LINES


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that the file *path* imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_module_has_its_test_file() -> None:
    missing = [
        str(path)
        for path in modules()
        if path.name != "__init__.py"
        and not is_one_of(path, WITHOUT_TESTS)
        and not is_tiny(path)
        and not (TESTS / path.parent / f"test_{path.name}").exists()
    ]

    assert missing == []


def test_every_test_file_has_its_module() -> None:
    stray = [
        str(path)
        for path in (found.relative_to(TESTS) for found in sorted(TESTS.rglob("test_*.py")))
        if not is_one_of(path, WITHOUT_MODULE) and not (SOURCE / path.parent / path.name.removeprefix("test_")).exists()
    ]

    assert stray == []


@pytest.mark.parametrize("pattern", [*WITHOUT_TESTS, *WITHOUT_MODULE])
def test_an_exemption_exempts_something(pattern: str) -> None:
    assert list(SOURCE.glob(pattern)) or list(TESTS.glob(pattern))


def test_the_ground_floor_knows_only_the_standard_library() -> None:
    ground = [SOURCE / "interfaces.py", *(SOURCE / "domain").glob("*.py")]

    foreign = {
        name
        for path in ground
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("gateway.domain")
    }

    assert foreign == set()


def test_every_library_that_is_imported_is_a_dependency() -> None:
    """What only comes along with something else may be gone tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower().replace("_", "-") for one in required}
    owners = packages_distributions()

    undeclared = {
        name.split(".")[0]
        for path in modules()
        for name in imported(SOURCE / path)
        if name.split(".")[0] not in sys.stdlib_module_names | {"gateway", "pydantic_core"}
        and not declared & {owner.lower().replace("_", "-") for owner in owners.get(name.split(".")[0], [])}
    }

    assert undeclared == set()


def test_a_library_imported_by_name_has_one_door() -> None:
    doors: dict[str, set[str]] = {}
    for path in modules():
        for node in ast.walk(ast.parse((SOURCE / path).read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in ("importlib.import_module", "import_module", "__import__") and isinstance(node, ast.Call):
                doors.setdefault(ast.unparse(node.args[0]).strip("'"), set()).add(str(path))
        for name in imported(SOURCE / path):
            if name.split(".")[0] in BY_NAME:
                doors.setdefault(name.split(".")[0], set()).add(str(path))

    assert doors == BY_NAME


def test_a_package_exports_nothing_again() -> None:
    assert [str(path) for path in modules() if path.name == "__init__.py" and list(imported(SOURCE / path))] == []


def test_every_module_says_what_it_is() -> None:
    unsaid = [str(path) for path in modules() if not ast.get_docstring(ast.parse((SOURCE / path).read_text()))]

    assert unsaid == []


def test_every_ignore_has_its_reason() -> None:
    """Lint rules that are switched off in pyproject.toml carry a comment each."""
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("ignore = [")

    ignored = [line for line in lines[start + 1 : lines.index("]", start)] if line.strip()]

    assert [line for line in ignored if not re.search(r'",\s+# \S+', line)] == []


def test_every_kind_that_is_registered_is_a_file_of_its_seams_folder() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]

    places = {
        (group, kind, target.split(":")[0]) for group, points in groups.items() for kind, target in points.items()
    }

    assert {module for group, _, module in places if not module.startswith(f"{group}.")} == set()
    assert all((ROOT / f"{module.replace('.', '/')}.py").exists() for _, _, module in places)
