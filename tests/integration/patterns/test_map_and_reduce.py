"""examples/patterns/map_and_reduce.py: a list of any length, known only at run time."""

from __future__ import annotations

import pytest

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


@pytest.mark.parametrize("paragraphs", [0, 1, 30])
def test_all_paragraphs_are_counted_when_there_are_so_many(patterns: Patterns, paragraphs: int) -> None:
    text = "\n".join("One more." for _ in range(paragraphs))

    execution = patterns.launch("map_and_reduce", {"text": text})

    assert execution["status"] == "success"
    assert patterns.result(execution, "count") == [{"one": 1, "more": 1}] * paragraphs
    common = [["one", paragraphs], ["more", paragraphs]] if paragraphs else []
    assert execution["result"] == {
        "total": {"paragraphs": paragraphs, "words": 2 * paragraphs, "most_common": common}
    }


def test_each_count_is_at_its_place_when_the_paragraphs_differ(patterns: Patterns) -> None:
    execution = patterns.launch("map_and_reduce", {"text": "a\nb b\nc c c"})

    assert patterns.result(execution, "count") == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_only_that_paragraph_is_tried_again_when_one_fails(patterns: Patterns) -> None:
    execution = patterns.launch("map_and_reduce", {"text": "Fine.\nNot ; fine."})

    events = patterns.engine.executions.events(execution["execution_id"])
    starts = [(e["item"], e["attempt"]) for e in events if e["event"] == "step_running" and "item" in e]
    assert statuses(execution) == {"split": "success", "count": "failure", "total": "skipped"}
    assert sorted(starts) == [(0, 1), (1, 1), (1, 2)]
    assert execution["error"] is not None
    assert (execution["error"]["step"], execution["error"]["item"]) == ("count", 1)
    assert execution["error"]["message"] == "punctuation stands alone in 'Not ; fine.'"
    error = step_of(execution, "count")["error"]
    assert error is not None
    assert (error["kind"], error["message"]) == (
        "items",
        "1 of 2 items failed, the first of them is item 1.",
    )
