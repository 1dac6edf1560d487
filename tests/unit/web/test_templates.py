"""Every template compiles, and none holds what the content security policy forbids or what no reader would hear."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from celeriac.web.ui import paths
from celeriac.web.ui.assets import SCRIPTS, SINGLE_FILES, STYLESHEETS
from celeriac.web.ui.rendering import environment
from tests.support.cases import for_each, stem

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


@for_each(TEMPLATES)
def test_every_template_compiles(name: str) -> None:
    environment().get_template(name)


@for_each(TEMPLATES)
def test_no_template_holds_what_is_forbidden(name: str) -> None:
    markup = re.sub(r"\{#.*?#\}", "", source(name), flags=re.DOTALL)

    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, markup)]

    assert not found, ", ".join(found)


@for_each(TEMPLATES)
def test_every_included_or_imported_template_exists(name: str) -> None:
    used = re.findall(r"\{%-?\s*(?:include|from|extends)\s+\"([^\"]+)\"", source(name))

    assert set(used) <= set(TEMPLATES), f"uses {sorted(set(used) - set(TEMPLATES))}"


def test_every_icon_exists_in_the_sprite() -> None:
    sprite = (paths.STATIC / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'id="([is]-[a-z]+)"', sprite))
    used = {
        f"{'i' if macro == 'icon' else 's'}-{icon}"
        for name in TEMPLATES
        for macro, icon in re.findall(r"\b(icon|glyph)\(\"([a-z]+)\"", source(name))
    }

    assert used <= known, f"not in the sprite: {sorted(used - known)}"


@for_each(TEMPLATES)
def test_every_text_between_tags_can_be_translated(name: str) -> None:
    """Looks for words between tags outside of expressions and code samples."""
    allowed = {"Celeriac", "UTC", "Tab", "Enter", "Space", "Shift"}  # names and keys
    plain = re.sub(r"\{#.*?#\}|\{%\s*trans.*?endtrans\s*%\}|<pre.*?</pre>", "", source(name), flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", "\n", plain, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z@_]{2,}", plain))

    assert words <= allowed, f"says {sorted(words - allowed)}"


@for_each(TEMPLATES)
def test_partials_and_pages_stay_short(name: str) -> None:
    assert len(source(name).splitlines()) <= 120


@for_each(sorted((paths.STATIC / "js").glob("*.js")), name=stem)
def test_scripts_build_no_markup(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert not re.search(
        r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|eval\(|new Function", text
    )
    assert len(text.splitlines()) <= 120


@for_each(sorted((paths.STATIC / "css").glob("*.css")), name=stem)
def test_stylesheets_stay_in_layers_and_load_nothing(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    outside = re.sub(r"@layer [a-z, ]+;", "", text).strip()

    assert "@import" not in text
    assert "url(" not in text
    assert len(text.splitlines()) <= 200
    assert outside.startswith("@layer"), "has rules outside of a layer"


def test_every_stylesheet_and_script_is_served() -> None:
    assert {path.name for path in (paths.STATIC / "css").glob("*.css")} == set(STYLESHEETS)
    assert {f"js/{path.name}" for path in (paths.STATIC / "js").glob("*.js")} <= {*SCRIPTS, *SINGLE_FILES}


def test_vendored_files_are_as_published() -> None:
    folder: Path = paths.STATIC / "vendor"
    table = re.findall(
        r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE
    )

    assert {path.name for path in folder.glob("*.js")} == {name for name, _ in table}
    for name, digest in table:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
