"""The checks of messages accept what Celery sends, and refuse everything else without an error of their own."""

from __future__ import annotations

import datetime
import json
from typing import Any

from celery import Celery
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.runtime.incoming.message_checks import (
    attempt_problem,
    body_problem,
    control_problem,
    envelope_problem,
    headers_problem,
    step_body_problem,
    step_headers_problem,
)
from celeriac.engine.runtime.incoming.unreadable import KEPT, beginning, printable
from tests.support.cases import for_each

APP = Celery("sends", set_as_current=False)
LATER = datetime.datetime(2036, 1, 1, tzinfo=datetime.UTC)
EXECUTION = "my_flow-2-20260101T000000-abc123"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["task", "id", "eta", "timelimit", "method", "properties", "delivery_info", "clock"])
objects = st.dictionaries(names, json_values, max_size=5) | json_values


@for_each(
    [
        {},
        {"eta": LATER, "expires": LATER},
        {"countdown": 5, "expires": 60},
        {"time_limit": 5.5, "soft_time_limit": 4},
        {"retries": 3, "group_id": "g", "chord": {"task": "a"}, "chain": [{"task": "b"}]},
        {"stamped_headers": ["s"], "s": [1]},
    ]
)
def test_nothing_is_wrong_when_celery_sends_a_task(options: dict[str, Any]) -> None:
    amqp: Any = APP.amqp
    task = amqp.as_task_v2("id", "some.task", (1,), {"a": 2}, **options)

    assert headers_problem(task.headers) == ""
    assert body_problem(json.loads(json.dumps(task.body))) == ""


@for_each([(EXECUTION, "0", 1), ("a-1-b", "12[345]", 7), (EXECUTION, "999999", 1_000_000)])
def test_nothing_is_wrong_when_the_engine_sends_an_attempt(args: tuple[str, str, int]) -> None:
    amqp: Any = APP.amqp
    task = amqp.as_task_v2("id", "runner", args, soft_time_limit=3600, time_limit=3610, shadow="some.task")

    assert headers_problem(task.headers) == step_headers_problem(task.headers, "application/json") == ""
    assert step_body_problem(json.loads(json.dumps(task.body))) == ""


@for_each(
    [
        {"method": "ping", "arguments": {}, "destination": None, "pattern": None, "matcher": None},
        {"method": "celeriac_stop", "arguments": {"tasks": {"a": True}}, "destination": ["worker@host"]},
        {"method": "stats", "ticket": "t", "reply_to": {"exchange": "reply", "routing_key": "key"}},
    ]
)
def test_nothing_is_wrong_when_a_command_is_sent(body: dict[str, Any]) -> None:
    assert control_problem(body, {"clock": 3, "expires": 0}) == ""


@given(objects, objects)
def test_a_check_never_raises_when_it_sees_anything(value: Any, other: Any) -> None:
    found = (
        envelope_problem(value),
        headers_problem(value),
        body_problem(value),
        attempt_problem(value, other),
        control_problem(value, other),
    )

    assert all(isinstance(problem, str) for problem in found)
    if body_problem(value) == "":
        assert isinstance(step_body_problem(value), str)


@given(st.text() | st.binary())
def test_the_beginning_is_one_line_without_control_characters_when_it_is_kept(text: str | bytes) -> None:
    assert beginning(text).isprintable()
    assert len(beginning(text)) <= KEPT * 4


def test_escapes_show_what_was_there_when_characters_cannot_be_printed() -> None:
    assert printable("a\x1b[31m\nb\u2028é") == r"a\x1b[31m\nb\u2028é"
