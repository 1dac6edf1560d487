"""Every template compiles, and none holds what the content security policy forbids or what no reader would hear."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from celeriac.web.ui import paths
from celeriac.web.ui.assets import SCRIPTS, STYLESHEETS
from celeriac.web.ui.rendering import environment

TEMPLATES = sorted(path.relative_to(paths.TEMPLATES).as_posix() for path in paths.TEMPLATES.rglob("*.html"))
FORBIDDEN = {
    "an inline style": r"<style|\sstyle\s*=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an event handler": r"\son[a-z]+\s*=",
    "an htmx script": r"hx-on|hx-live|['\"]js:",
    "an htmx filter, which is evaluated as a script": r"hx-trigger\s*=\s*\"[^\"]*\[",
    "markup that is not escaped": r"\|\s*safe\b",
    "a word the product does not use": r">[^<{]*\b(?:[Rr]uns?|[Jj]obs?|[Ii]nstances?)\b[^<{]*<",
}


def source(name: str) -> str:
    return (paths.TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    environment().get_template(name)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    markup = {name: re.sub(r"\{#.*?#\}", "", source(name), flags=re.DOTALL) for name in TEMPLATES}

    guilty = [name for name in TEMPLATES if re.search(FORBIDDEN[what], markup[name])]

    assert not guilty


def test_every_included_or_imported_template_exists() -> None:
    for name in TEMPLATES:
        for used in re.findall(r"\{%-?\s*(?:include|from|extends)\s+\"([^\"]+)\"", source(name)):
            assert used in TEMPLATES, f"{name} uses {used}"


def test_every_icon_exists_in_the_sprite() -> None:
    sprite = (paths.STATIC / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'id="([is]-[a-z]+)"', sprite))
    used = {
        f"{'i' if macro == 'icon' else 's'}-{icon}"
        for name in TEMPLATES
        for macro, icon in re.findall(r"\b(icon|glyph)\(\"([a-z]+)\"", source(name))
    }

    assert used <= known, f"not in the sprite: {sorted(used - known)}"


def test_every_text_between_tags_can_be_translated() -> None:
    """Looks for words between tags outside of expressions and code samples."""
    allowed = {"Celeriac", "UTC", "Tab", "Enter", "Space", "Shift"}  # names and keys
    for name in TEMPLATES:
        plain = re.sub(
            r"\{#.*?#\}|\{%\s*trans.*?endtrans\s*%\}|<pre.*?</pre>", "", source(name), flags=re.DOTALL
        )
        plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", "\n", plain, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z@_]{2,}", plain))
        assert words <= allowed, f"{name} says {sorted(words - allowed)}"


def test_partials_and_pages_stay_short() -> None:
    long = {name: n for name in TEMPLATES if (n := len(source(name).splitlines())) > 120}

    assert not long


def test_scripts_build_no_markup() -> None:
    for script in sorted((paths.STATIC / "js").glob("*.js")):
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|eval\(|new Function", text
        ), script
        assert len(text.splitlines()) <= 120, script


def test_stylesheets_stay_in_layers_and_load_nothing() -> None:
    for sheet in sorted((paths.STATIC / "css").glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "@import" not in text, sheet
        assert "url(" not in text, sheet
        assert len(text.splitlines()) <= 200, sheet
        outside = re.sub(r"@layer [a-z, ]+;", "", text).strip()
        assert outside.startswith("@layer"), f"{sheet} has rules outside of a layer"


def test_every_stylesheet_and_script_is_served() -> None:
    assert {path.name for path in (paths.STATIC / "css").glob("*.css")} == set(STYLESHEETS)
    assert {f"js/{path.name}" for path in (paths.STATIC / "js").glob("*.js")} <= set(SCRIPTS)


def test_vendored_files_are_as_published() -> None:
    folder: Path = paths.STATIC / "vendor"
    table = re.findall(
        r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE
    )

    assert {path.name for path in folder.glob("*.js")} == {name for name, _ in table}
    for name, digest in table:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
