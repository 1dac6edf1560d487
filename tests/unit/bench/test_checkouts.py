"""How a module is started in another checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.checkouts import INSIDE, THIS, Checkout


def test_the_remedy_is_named_when_a_checkout_has_no_environment(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"make \.venv/\.installed-test"):
        Checkout(tmp_path).command("paired_side")


def test_its_own_packages_come_first_when_a_checkout_has_a_cache_elsewhere(tmp_path: Path) -> None:
    environment = Checkout(tmp_path, cache=tmp_path / "cache").environment({"CELERIAC_PORT": "8123"})

    assert environment["PYTHONPATH"] == f"{tmp_path}:{INSIDE}"
    assert environment["PYTHONPYCACHEPREFIX"] == str(tmp_path / "cache")
    assert environment["CELERIAC_PORT"] == "8123"


def test_modules_may_be_compiled_in_place_when_it_is_this_checkout() -> None:
    assert "PYTHONPYCACHEPREFIX" not in THIS.environment({})
