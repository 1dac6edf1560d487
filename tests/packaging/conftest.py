"""The wheel as it would be published, and environments that have it installed."""

from __future__ import annotations

import site
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.checkout import ROOT

MakeEnvironment = Callable[..., Path]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout by way of a source distribution, as for a release."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = target.glob("celeriac-*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, which borrows all it requires from this one."""
    python = make_environment(tmp_path_factory.mktemp("installed"))
    install(python, "--no-deps", str(wheel))
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    # A path without the checkout, which stands in a `.pth` file of this environment.
    (Path(packages.stdout.strip()) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert str(ROOT) not in site.getsitepackages()
    return python


def make_environment(folder: Path) -> Path:
    """A new virtual environment. Returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    return folder / "venv" / "bin" / "python"


def install(python: Path, *requirements: str) -> None:
    """Installs with pip, within the versions of constraints.txt but for those that are named exactly."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
