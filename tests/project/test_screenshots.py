"""docs/images holds a picture of every page there is, and every picture that a text shows."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image
from starlette.routing import Route

from celeriac.web.routes import all_routes
from tests.project.checkout import ROOT, project_files
from tests.screenshots.camera import SIZES, THEMES, file_name, write_small
from tests.screenshots.pages import EMPTY, PICTURES
from tests.support.cases import for_each

IMAGES = ROOT / "docs" / "images"
TAKEN = (*EMPTY, *PICTURES)
#: What answers a GET and is no page.
NO_PAGES = r"/(assets/.*|healthz|readyz|api/.*|streams?|.*/(stream|log|round)|.*\.(txt|json))"
MOST_BYTES = 3_000_000

PAGES = [
    route
    for route in all_routes()
    if isinstance(route, Route) and "GET" in (route.methods or ()) and not re.fullmatch(NO_PAGES, route.path)
]


def shown_by(text: Path) -> list[str]:
    """The files that a Markdown text names as pictures of its own."""
    found = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"", (ROOT / text).read_text())
    return [path for pair in found for path in pair if path and "://" not in path]


@for_each(PAGES, name=lambda route: route.path)
def test_every_page_has_a_picture_when_it_has_an_address(route: Route) -> None:
    addresses = [re.sub(r"{\w+}", "some_execution", picture.address).partition("?")[0] for picture in TAKEN]

    assert any(route.path_regex.match(address) for address in addresses), (
        "add it to tests/screenshots/pages.py"
    )


def test_every_picture_is_there_in_both_themes_and_widths_when_it_is_listed() -> None:
    listed = {file_name(picture, theme, width) for picture in TAKEN for theme in THEMES for width in SIZES}

    assert {path.name for path in IMAGES.iterdir()} == listed, "run: make screenshots"


def test_pictures_stay_small_when_made_anew() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) <= MOST_BYTES


def test_every_picture_exists_when_a_text_shows_it() -> None:
    texts = project_files(".md")
    missing = [
        f"{text}: {path}"
        for text in texts
        for path in shown_by(text)
        if not (ROOT / text.parent / path).is_file()
    ]

    assert not missing
    assert shown_by(Path("README.md"))
    assert shown_by(Path("docs/guide/pages.md"))


def test_what_covers_an_area_keeps_its_colour_when_a_picture_is_made_small(tmp_path: Path) -> None:
    ground, sign = (250, 249, 246), (179, 38, 30)
    picture = Image.effect_noise((200, 200), 30).convert("RGB")
    picture.paste(ground, (0, 0, 200, 150))
    picture.paste(sign, (20, 20, 40, 40))
    taken = io.BytesIO()
    picture.save(taken, "PNG")

    write_small(taken.getvalue(), tmp_path / "small.png")

    with Image.open(tmp_path / "small.png") as small:
        assert small.convert("RGB").getpixel((100, 100)) == ground
        assert small.convert("RGB").getpixel((30, 30)) == sign
    assert (tmp_path / "small.png").stat().st_size < len(taken.getvalue()) / 2
