"""How events and other people's text are printed."""

from __future__ import annotations

from celeriac.cli.output import harmless
from celeriac.cli.watch import event_line
from celeriac.engine.workflows.progress.views import EventView


def test_escape_sequences_lose_their_power_when_text_is_printed() -> None:
    assert harmless("a\x1b[31mred\x07\nb") == "a\ufffd[31mred\ufffd b"
    assert harmless("größer \N{WHITE HEAVY CHECK MARK}") == "größer \N{WHITE HEAVY CHECK MARK}"
    assert harmless("a\u200c\u200db\u202ec") == "a\u200c\u200db\ufffdc"


def test_line_says_what_happened_when_a_step_is_retried() -> None:
    event: EventView = {
        "seq": 5,
        "time": "2026-11-22T10:00:00.123Z",
        "event": "step_retrying",
        "step": "clean_data",
        "level": 2,
        "attempt": 1,
        "kind": "timeout",
        "delay": 1.5,
    }

    line = event_line(event)

    assert line == "10:00:00.123  step_retrying  clean_data  level 2  attempt 1  timeout  again in 1.5 s"
