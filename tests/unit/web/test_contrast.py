"""The contrast of the colour tokens, in both themes, computed as WCAG 2 does."""

from __future__ import annotations

import re

import pytest

from celeriac.web.ui import paths

TOKENS = (paths.STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
}
GROUNDS = ("bg", "surface", "sunk", "hover")
#: text on ground: at least 4.5
TEXT = [
    *((text, ground) for text in ("fg", "mut") for ground in GROUNDS),
    *(
        ("fg", ground)
        for ground in ("ok-soft", "run-soft", "ko-soft", "warn-soft", "off-soft", "accent-soft")
    ),
    *(
        (text, ground)
        for text in ("accent", "ok", "run", "ko", "warn", "off")
        for ground in ("bg", "surface")
    ),
    ("run", "run-soft"),
    ("ko", "ko-soft"),
    ("on-accent", "accent"),
    ("on-ko", "ko"),
]
#: glyphs and outlines that carry meaning on their ground: at least 3
SIGNS = [
    *(("edge", ground) for ground in ("bg", "surface")),
    *((sign, f"{sign}-soft") for sign in ("ok", "run", "ko", "warn", "off")),
    *((fill, "bg") for fill in ("ok-fill", "run", "ko", "off")),
    ("accent", "accent-soft"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_readable(theme: int) -> None:
    weak = {pair: round(ratio, 2) for pair in TEXT if (ratio := _ratio(pair, theme)) < 4.5}

    assert not weak


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_signs_stand_out(theme: int) -> None:
    weak = {pair: round(ratio, 2) for pair in SIGNS if (ratio := _ratio(pair, theme)) < 3}

    assert not weak


def _ratio(pair: tuple[str, str], theme: int) -> float:
    return contrast(PAIRS[pair[0]][theme], PAIRS[pair[1]][theme])
