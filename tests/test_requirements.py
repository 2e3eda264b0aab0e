"""The locked requirements: all of them, with hashes, from nowhere but the public registry."""

from __future__ import annotations

import re
import tomllib

import pytest
from conftest import CHECKOUT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
BUILD = PROJECT["build-system"]["requires"]
CORE = PROJECT["project"]["dependencies"]
WANTED = {
    "run.txt": [*CORE, *BUILD],
    "develop.txt": [*CORE, *BUILD, *(text for extra in EXTRAS.values() for text in extra)],
}
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def entries(name: str) -> list[str]:
    """Return the entries of a file of requirements, each with its hashes, without comments."""
    text = (CHECKOUT / "requirements" / name).read_text("utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def applies(requirement: Requirement, python: str) -> bool:
    """Return whether something is needed under a Python on Linux."""
    environment = {
        "python_version": python, "python_full_version": f"{python}.0",
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
    }  # fmt: skip
    return requirement.marker is None or requirement.marker.evaluate(environment)


def locked(name: str, python: str) -> dict[str, Version]:
    """Return which version of each package a file installs under a Python on Linux."""
    found = {}
    for entry in entries(name):
        requirement = Requirement(entry.partition("--hash")[0])
        if applies(requirement, python):
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found[canonicalize_name(requirement.name)] = Version(pin.version)
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", WANTED)
def test_all_that_the_project_asks_for_is_locked(name: str, python: str) -> None:
    versions = locked(name, python)
    for text in WANTED[name]:
        requirement = Requirement(text)
        if requirement.name != "mngraph" and applies(requirement, python):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", WANTED)
def test_each_requirement_has_hashes_and_no_address(name: str) -> None:
    for entry in entries(name):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
        assert "://" not in entry
        assert not entry.startswith("-")


def test_both_files_agree() -> None:
    for python in PYTHONS:
        develop = locked("develop.txt", python)
        assert locked("run.txt", python).items() <= develop.items()


def test_each_requirement_has_a_lower_bound() -> None:
    for text in {text for texts in WANTED.values() for text in texts}:
        requirement = Requirement(text)
        assert requirement.name == "mngraph" or ">=" in str(requirement.specifier), text
