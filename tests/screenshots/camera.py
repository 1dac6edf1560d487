"""Takes pictures of pages in both themes and two widths, and writes them as small PNG files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Error, Page

from tests.screenshots.pages import Picture

THEMES = ("light", "dark")
#: Pixels, by the name of the width.
SIZES = {"wide": (1280, 800), "narrow": (360, 720)}
#: Enough for the tokens of a theme and the edges of letters; few enough for a small file.
COLOURS = 32

Colour = tuple[int, int, int]

#: A page that follows something says so once its stream is open, or that there is nothing to follow any more.
IS_LIVE = """() => !document.querySelector('[hx-sse\\\\:connect]')
  || ['live', 'ended'].includes(document.documentElement.dataset.live)"""


class Camera:
    """`take` writes `<page>-<theme>-<width>.png` into a directory for every theme and width.

    A page that does not become what its picture wants is taken as it is, and named in `complaints`.
    """

    def __init__(self, browser: Browser, url: str, directory: Path) -> None:
        self._browser, self._url, self._directory = browser, url, directory
        self.complaints: list[str] = []
        directory.mkdir(parents=True, exist_ok=True)

    def take(self, pictures: Iterable[Picture], ids: Mapping[str, str]) -> None:
        for width, (across, down) in SIZES.items():
            context = self._browser.new_context(
                base_url=self._url, viewport={"width": across, "height": down}, reduced_motion="reduce"
            )
            page = context.new_page()
            for picture in pictures:
                self._take(page, picture, ids, width)
            context.close()

    def _take(self, page: Page, picture: Picture, ids: Mapping[str, str], width: str) -> None:
        page.emulate_media(color_scheme=THEMES[0])
        page.goto(picture.address.format(**ids))
        try:
            page.wait_for_function(IS_LIVE)
            if picture.act:
                picture.act(page)
        except (AssertionError, Error) as error:
            self.complaints.append(f"{picture.name}, {width}: {error}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            write_small(
                page.screenshot(animations="disabled"), self._directory / file_name(picture, theme, width)
            )


def file_name(picture: Picture, theme: str, width: str) -> str:
    return f"{picture.name}-{theme}-{width}.png"


def write_small(png: bytes, path: Path) -> None:
    """With a palette instead of full colour: a third of the size, and nobody sees the difference."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in telling_colours(picture) for part in colour])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def telling_colours(picture: Image.Image) -> list[Colour]:
    """The most frequent one, then again and again the one whose absence would be seen most."""
    counted = picture.getcolors(picture.width * picture.height) or []
    counts: dict[Any, int] = {colour: count for count, colour in counted}
    chosen = [max(counts, key=counts.__getitem__)]
    missed = {colour: _apart(colour, chosen[0]) for colour in counts}
    while len(chosen) < min(COLOURS, len(counts)):
        chosen.append(max(missed, key=lambda colour: missed[colour] * counts[colour]))
        missed = {colour: min(far, _apart(colour, chosen[-1])) for colour, far in missed.items()}
    return chosen


def _apart(one: Colour, other: Colour) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
