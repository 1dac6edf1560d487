"""constraints.txt pins everything pyproject.toml asks for, within the ranges it gives."""

from __future__ import annotations

import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned() -> dict[str, str]:
    """Name → version."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_dependency_is_pinned_when_asked_for() -> None:
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    asked = [Requirement(text) for text in [*PROJECT["dependencies"], *extras]]
    versions = pinned()

    missing = [str(need) for need in asked if canonicalize_name(need.name) not in versions]
    outside = [str(need) for need in asked if str(need) not in missing and not _fits(need, versions)]

    assert (missing, outside) == ([], [])


def test_no_registry_is_named_when_versions_are_pinned() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text()
    assert "--" not in (ROOT / "constraints.txt").read_text()


def _fits(need: Requirement, versions: dict[str, str]) -> bool:
    return need.specifier.contains(versions[canonicalize_name(need.name)])
