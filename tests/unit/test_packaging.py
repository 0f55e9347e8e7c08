"""What is installed is pinned: each package by version and hash, and no address or path of where it came from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("hub", "producers", "consumers", "policies")
FILES = ("constraints.txt", "constraints-dev.txt")
PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==\S+ \\$")

each_file = pytest.mark.parametrize("name", FILES)


def pins(name: str) -> dict[str, list[str]]:
    """Return the hashes of each package that a constraints file pins."""
    found: dict[str, list[str]] = {}
    hashes: list[str] = []
    for line in (CHECKOUT / name).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            hashes = found[pin["name"]] = []
        elif line.strip().startswith("--hash="):
            hashes.append(line.strip(" \\").removeprefix("--hash="))
        else:
            assert not line.strip() or line.lstrip().startswith("#")
    return found


def wanted(requirements: list[str]) -> set[str]:
    """Return the normalised names of what pyproject asks for."""
    return {re.split(r"[^A-Za-z0-9._-]", each)[0].lower().replace("_", "-") for each in requirements}


@each_file
def test_every_package_is_pinned_by_hash(name: str) -> None:
    assert pins(name)
    for hashes in pins(name).values():
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)


@each_file
def test_no_address_or_path_is_named(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", (CHECKOUT / name).read_text("utf-8"))


def test_what_the_project_asks_for_is_pinned() -> None:
    project, build = PROJECT["project"], PROJECT["build-system"]["requires"]
    assert wanted(project["dependencies"] + build) <= set(pins("constraints.txt"))
    assert wanted(project["optional-dependencies"]["dev"]) <= set(pins("constraints-dev.txt"))


def test_the_developers_tools_change_nothing_that_runs() -> None:
    assert pins("constraints.txt").items() <= pins("constraints-dev.txt").items()


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", ".ci/run"])
def test_pip_is_left_nothing_to_choose(name: str) -> None:
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if re.search(r"--require-hashes -r ", line)]
    assert installs
    assert all(" --no-deps " in line for line in installs)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_that_it_is_typed(package: str) -> None:
    assert (CHECKOUT / package / "py.typed").is_file()
    assert "py.typed" in PROJECT["tool"]["setuptools"]["package-data"][package]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_folder_of_modules_is_a_package(package: str) -> None:
    folders = {path.parent for path in (CHECKOUT / package).rglob("*.py")}
    assert not [folder.name for folder in folders if not (folder / "__init__.py").is_file()]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_beside_the_modules_is_installed(package: str) -> None:
    root = CHECKOUT / package
    patterns = PROJECT["tool"]["setuptools"]["package-data"][package]
    installed = {path for pattern in patterns for path in root.glob(pattern)}
    beside = {path for path in root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert not sorted(str(path.relative_to(root)) for path in beside - installed)
