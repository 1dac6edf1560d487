"""Reading the launch form: what is wrong with it, and where."""

from __future__ import annotations

import shlex

import pytest

from celeriac.engine.errors import InputDoesNotFit, InputProblem, InvalidInput
from celeriac.web.launch.code import launch_code
from celeriac.web.launch.form import LaunchForm, check, form_errors_of, read_labels, write_labels

LIMIT = 1000


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{\n  "a": 1,\n  "b": 2,,\n}', 3, 10),
        ("", 1, 1),
        ("{", 1, 2),
        ("[1]", 1, 1),
        ('{"a": NaN}', 1, 7),
    ],
)
def test_the_place_is_named_when_the_input_is_no_json_object(text: str, line: int, column: int) -> None:
    checked = check(LaunchForm(text=text), LIMIT)

    (mistake,) = checked.mistakes
    assert (mistake.field, mistake.line, mistake.column) == ("input", line, column)
    assert checked.input_data is None


def test_the_excerpt_points_at_the_mistake_when_the_line_is_long() -> None:
    text = '{"a": "' + "x" * 300 + '",, "b": 1}'

    (mistake,) = check(LaunchForm(text=text), LIMIT).mistakes

    line, caret = mistake.excerpt.split("\n")
    assert line[caret.index("^")] == ","
    assert len(line) < 100


def test_every_mistake_is_said_when_several_fields_are_wrong() -> None:
    checked = check(LaunchForm(text="{", labels="region"), LIMIT)

    assert [mistake.field for mistake in checked.mistakes] == ["input", "labels"]


def test_the_limit_is_named_when_the_input_is_too_large() -> None:
    (mistake,) = check(LaunchForm(text='{"a": "' + "x" * LIMIT + '"}'), LIMIT).mistakes

    assert "1,000" in mistake.message or "1000" in mistake.message


def test_labels_come_back_as_written_when_read() -> None:
    assert read_labels(" region=eu,\n team = growth ,") == {"region": "eu", "team": "growth"}
    assert read_labels(write_labels({"region": "eu", "team": "growth"})) == {"region": "eu", "team": "growth"}


@pytest.mark.parametrize("text", ["region", "=eu", "region=", "a=1, a=2"])
def test_a_label_is_refused_when_it_is_no_pair_or_given_twice(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"form name=value|given twice"):
        read_labels(text)


def test_the_key_is_the_same_only_when_the_form_is() -> None:
    form = LaunchForm(text="{}", key="k")

    assert form.idempotency_key == LaunchForm(text="{}", key="k").idempotency_key
    assert form.idempotency_key != LaunchForm(text='{"a": 1}', key="k").idempotency_key
    assert form.idempotency_key != LaunchForm(text="{}", key="other").idempotency_key
    assert LaunchForm(text="{}").idempotency_key is None


def test_a_shell_reads_the_same_values_when_they_hold_quotes() -> None:
    checked = check(LaunchForm(text='{"a": "it\'s $HOME `x`"}', labels="team=o'neil", note="why; not"), LIMIT)

    code = launch_code("data_processing", checked, "http://127.0.0.1:8000")

    assert code is not None
    body = shlex.split(code.curl.replace("\\\n", " "))[-1]
    assert body == '{"input": {"a": "it\'s $HOME `x`"}, "labels": {"team": "o\'neil"}, "note": "why; not"}'
    assert shlex.split(code.cli.replace("\\\n", " "))[-4:] == ["--label", "team=o'neil", "--note", "why; not"]
    compile(code.python, "launch", "exec")


def test_no_code_is_shown_when_the_form_has_a_mistake() -> None:
    assert launch_code("w", check(LaunchForm(text="{}", labels="x"), LIMIT), "http://localhost") is None


SCHEMA = {
    "properties": {"source": {}, "rate": {"maximum": 1}, "tags": {"items": {"type": "string"}}},
    "required": ["source"],
    "additionalProperties": False,
}


def test_every_place_is_named_when_the_input_does_not_fit_the_schema() -> None:
    text = '{\n  "tags": ["a", 7],\n  "rtae": 1,\n  "rate": 1.5\n}'

    checked = check(LaunchForm(text=text, labels="x"), LIMIT, SCHEMA)

    assert [(one.line, one.column, one.message) for one in checked.mistakes] == [
        (1, 1, "source: is required, but missing"),
        (2, 17, "tags[1]: 7 is not a string"),
        (3, 3, 'rtae: unknown key; did you mean "rate"?'),
        (4, 11, "rate: 1.5 is more than the maximum of 1"),
        (None, None, "'x' is not of the form name=value"),
    ]
    assert checked.mistakes[3].excerpt == '  "rate": 1.5\n          ^'
    assert checked.input_data == {"tags": ["a", 7], "rtae": 1, "rate": 1.5}


def test_no_mistake_is_said_when_the_input_fits_the_schema() -> None:
    assert check(LaunchForm(text='{"source": 1}'), LIMIT, SCHEMA).mistakes == []


def test_the_schema_is_not_asked_when_the_text_is_no_json_object() -> None:
    (mistake,) = check(LaunchForm(text="[1]"), LIMIT, SCHEMA).mistakes

    assert "must be a JSON object" in mistake.message


def test_the_place_is_found_when_the_engine_refuses_what_the_form_let_through() -> None:
    problem = InputProblem(pointer="/input/a/1", message="a[1]: 2 is not a string")
    error = InputDoesNotFit(workflow_id="w", problems=[problem])

    (mistake,) = form_errors_of(error, LaunchForm(text='{"a": [1,\n 2]}'))

    assert (mistake.field, mistake.line, mistake.column) == ("input", 2, 2)
