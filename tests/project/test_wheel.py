"""The wheel holds what an installation needs, under the names that are imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project.checkout import ROOT


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every file name in the wheel, built from the checkout."""
    target = tmp_path_factory.mktemp("wheel")
    # An installed build backend saves fetching one.
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    command = [sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", str(target), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = Path(target).glob("celeriac-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level_names_are_the_packages_when_built(wheel_names: list[str]) -> None:
    top_level = {name.partition("/")[0] for name in wheel_names if ".dist-info/" not in name}

    assert top_level == {"celeriac", "engine", "web"}


@pytest.mark.parametrize(
    ("folder", "suffix"),
    [
        ("engine/store/lua/", ".lua"),
        ("web/templates/", ".html"),
        ("web/static/css/", ".css"),
        ("web/static/js/", ".js"),
        ("web/static/vendor/", ".js"),
        ("engine/examples/data/", ".csv"),
        ("celeriac/", "py.typed"),
        ("engine/", "py.typed"),
        ("web/", "py.typed"),
    ],
)
def test_files_beside_the_code_are_packed_when_built(
    wheel_names: list[str], folder: str, suffix: str
) -> None:
    assert [name for name in wheel_names if name.startswith(folder) and name.endswith(suffix)]


def test_tests_and_documents_are_left_out_when_built(wheel_names: list[str]) -> None:
    assert not [name for name in wheel_names if name.startswith(("tests/", "docs/", "scripts/"))]
