"""The wheel holds what an installation needs, under the names that are imported."""

from __future__ import annotations

import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

#: What only the dashboard or the examples need.
EXTRA_PACKAGES = {"starlette", "uvicorn", "jinja2", "brotli-asgi", "fpdf2", "rjsmin"}


@pytest.fixture(scope="module")
def wheel_names(wheel: Path) -> list[str]:
    """Every file name in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level_names_are_the_packages_when_built(wheel_names: list[str]) -> None:
    top_level = {name.partition("/")[0] for name in wheel_names if ".dist-info/" not in name}

    assert top_level == {"celeriac"}


@pytest.mark.parametrize(
    ("folder", "suffix"),
    [
        ("celeriac/engine/store/lua/", ".lua"),
        ("celeriac/web/templates/", ".html"),
        ("celeriac/web/static/css/", ".css"),
        ("celeriac/web/static/js/", ".js"),
        ("celeriac/web/static/vendor/", ".js"),
        ("celeriac/examples/data/", ".csv"),
        ("celeriac/", "py.typed"),
    ],
)
def test_files_beside_the_code_are_packed_when_built(
    wheel_names: list[str], folder: str, suffix: str
) -> None:
    assert [name for name in wheel_names if name.startswith(folder) and name.endswith(suffix)]


def test_tests_and_documents_are_left_out_when_built(wheel_names: list[str]) -> None:
    assert not [name for name in wheel_names if name.startswith(("tests/", "docs/", "scripts/"))]


def test_the_core_requires_no_web_library_when_installed_without_extras(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        requirements = BytesParser().parsebytes(archive.read(metadata)).get_all("Requires-Dist", [])

    core = {need.name for need in map(Requirement, requirements) if need.marker is None}

    assert core & EXTRA_PACKAGES == set()
    assert "celery" in core
