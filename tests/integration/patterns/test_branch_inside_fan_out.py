"""examples/patterns/branch_inside_fan_out.py: the way that was not taken does not hold up the rest."""

from __future__ import annotations

import pytest

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


@pytest.mark.parametrize(("faces", "blur"), [(["left", "right"], "success"), ([], "skipped")])
def test_the_photo_is_published_when_faces_were_looked_for(
    patterns: Patterns, faces: list[str], blur: str
) -> None:
    execution = patterns.launch("branch_inside_fan_out", {"name": "At-the-lake.JPG", "faces": faces})

    assert execution["status"] == "success"
    assert statuses(execution) == {
        **dict.fromkeys(["receive", "preview", "caption", "look", "publish"], "success"),
        "blur": blur,
    }
    assert step_of(execution, "blur")["reason"] == (None if faces else "found > 0 was false: 0")
    assert execution["result"] == {
        "publish": {
            "preview": "preview-of-at-the-lake.jpg",
            "caption": "At the lake.",
            "blurred": len(faces),
        }
    }
