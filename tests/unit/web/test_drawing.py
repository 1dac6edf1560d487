"""A plan in pixels: nodes apart and as wide as their names, lines from edge to edge, keys, what is not drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.definition import define_workflow
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.definition.views import StepDefinitionView
from celeriac.web.plan import drawing as module
from celeriac.web.plan.drawing import (
    HIGHEST,
    KEPT,
    LOWEST,
    MOST_CARDS,
    MOST_LEVELS_SEEN,
    MOST_LINES,
    MOST_NODES,
    Drawing,
    drawing_of,
    stacks_of,
)
from celeriac.web.plan.geometry import CARD, LINE
from tests.support.workflows import chain, fan, layered, step

versions = count()


def views(steps: Sequence[WorkflowStep]) -> list[StepDefinitionView]:
    return define_workflow("w", steps).view("code")["steps"]


def drawn(steps: Sequence[WorkflowStep]) -> Drawing:
    drawing = drawing_of("w", f"v{next(versions)}", views(steps))
    assert drawing
    return drawing


def subpaths(path: str) -> list[str]:
    return re.findall(r"M[^M]+", path)


@given(st.integers(0, 500), st.integers(1, 6), st.integers(1, 12), st.integers(1, 3))
def test_nodes_are_apart_and_inside_when_any_plan_is_drawn(
    seed: int, levels: int, width: int, dependencies: int
) -> None:
    drawing = drawn(layered(levels, width, dependencies=dependencies, seed=seed))

    for one, other in combinations(drawing.nodes, 2):
        assert (
            abs(one.x - other.x) >= drawing.node_width
            or abs(one.y - other.y) >= drawing.node_height + drawing.sizes.gap // 2
        )
    for node in drawing.nodes:
        assert 0 < node.x <= drawing.width - drawing.node_width
        assert 0 < node.y <= drawing.height - drawing.node_height


def test_each_line_goes_from_edge_to_edge_when_a_plan_is_drawn() -> None:
    drawing = drawn([*chain(4), step("end", after=["s1", "s4"])])
    node_of = {node.key: node for node in drawing.nodes}

    for lines in drawing.lines:
        end = node_of[lines.key]
        pieces = subpaths(lines.path)
        assert len(pieces) == len(lines.sources)
        for source, piece in zip(lines.sources, pieces, strict=True):
            start = node_of[source]
            middle = drawing.node_height // 2
            assert piece.startswith(f"M{start.x + drawing.node_width} {start.y + middle}")
            assert piece.endswith((f" {end.x} {end.y + middle}", f"H{end.x}"))


def test_a_long_line_is_few_pieces_when_it_is_straight() -> None:
    drawing = drawn([*chain(30), step("end", after=["s1", "s30"])])

    (lines,) = [lines for lines in drawing.lines if lines.key == "end"]

    assert max(map(len, subpaths(lines.path))) < 120


def test_steps_are_cards_when_they_are_few_and_lines_when_they_are_many() -> None:
    assert drawn(chain(MOST_CARDS)).sizes is CARD
    assert drawn(chain(MOST_CARDS + 1)).sizes is LINE


def test_nodes_are_wider_when_a_name_needs_it() -> None:
    narrow, wide = drawn(chain(2)), drawn([step("integrate_everything_" * 3)])

    assert narrow.node_width == CARD.widths[0]
    assert wide.node_width == CARD.widths[-1]
    assert wide.nodes[0].lines[-1].endswith("…")
    assert wide.nodes[0].label == "integrate_everything_" * 3


def test_equal_steps_are_one_node_named_after_them_when_they_are_many() -> None:
    steps = views(fan(20))
    version = f"v{next(versions)}"
    drawing, stacks = drawing_of("w", version, steps), stacks_of("w", version, steps)

    assert drawing
    (node,) = [node for node in drawing.nodes if len(node.steps) > 1]
    assert (node.key, node.label) == ("branch1-20", "branch \N{MULTIPLICATION SIGN}20")
    assert [(stack.key, stack.steps) for stack in stacks] == [(node.key, node.steps)]
    assert drawing.counts == (1, 20, 1)
    assert drawing.step_count == 22


def test_a_node_is_named_after_the_task_when_the_names_have_nothing_in_common() -> None:
    drawing = drawn([step(f"{letter}x", "echo") for letter in "abcdefgh"])

    assert [node.label for node in drawing.nodes] == ["echo \N{MULTIPLICATION SIGN}8"]


def test_a_plan_is_not_drawn_when_it_has_too_many_nodes() -> None:
    assert drawing_of("w", f"v{next(versions)}", views(chain(MOST_NODES + 1))) is None


def test_a_plan_is_not_drawn_when_it_has_too_many_lines() -> None:
    side = int(MOST_LINES**0.5) + 1
    first = [step(f"a{n}", f"kind{n}") for n in range(side)]
    second = [step(f"b{n}", f"kind{n}", after=[one.name for one in first]) for n in range(side)]

    assert drawing_of("w", f"v{next(versions)}", views([*first, *second])) is None


def test_a_drawing_is_made_once_when_a_version_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        module, "lay_out", lambda *plan, lay_out=module.lay_out: made.append(1) or lay_out(*plan)
    )
    steps, first = views(chain(3)), f"v{next(versions)}"

    drawings = [drawing_of(workflow_id, first, steps) for workflow_id in ("w", "w", "other")]
    for _ in range(KEPT):
        drawing_of("w", f"v{next(versions)}", steps)
    drawing_of("w", first, steps)

    assert drawings[0] is drawings[1]
    assert len(made) == 2 + KEPT + 1  # the two workflows, those in between, and the one that had to go


def test_the_condition_is_written_before_a_step_when_a_branch_chooses_it() -> None:
    large = {"type": "value_greater_than", "params": {"field": "size", "threshold": 9}, "task": "careful"}
    steps = [
        step("measure", conditions={"large": large, "huge": large, "default": {"task": "quick"}}),
        *[step(name) for name in ("careful", "quick")],
        step("report", after=["careful", "quick"]),
    ]
    drawing, plain = drawn(steps), drawn([step("measure"), step("careful", after="measure")])

    assert {node.key: node.condition for node in drawing.nodes} == {
        "measure": "",
        "careful": "large / huge",
        "quick": "default",
        "report": "",
    }
    assert drawing.columns[1] > plain.columns[1], "the words on the line need room"


def test_steps_that_a_branch_chooses_stay_apart_when_they_are_equal_otherwise() -> None:
    always = {"type": "value_exists", "params": {"field": "x"}}
    conditions = {f"way{n}": {**always, "task": f"to{n}"} for n in range(9)}
    drawing = drawn([step("choose", conditions=conditions), *[step(f"to{n}") for n in range(9)]])

    assert len(drawing.nodes) == 10


def test_a_mapped_step_is_one_node_of_its_own_when_others_are_equal() -> None:
    steps = [step("load"), *[step(f"each{n}", map_over="load.rows") for n in range(8)]]

    nodes = drawn(steps).nodes

    assert len(nodes) == 9
    assert [node.map_over for node in nodes[:2]] == [None, "load.rows"]


def test_lines_run_level_below_what_is_written_on_them_when_a_branch_chooses_their_end() -> None:
    drawing = drawn(
        [step("choose", conditions={"default": {"task": "one"}}), step("one"), step("other", after="choose")]
    )
    ends = {node.key: node.x for node in drawing.nodes}

    level = {
        lines.key: ends[lines.key] - int(re.findall(r"(\d+) \d+(?:H\d+)?$", lines.path)[0])
        for lines in drawing.lines
    }

    assert level["one"] > 40
    assert level["other"] == 0


def test_levels_have_an_overview_when_they_are_many() -> None:
    assert not drawn(chain(MOST_LEVELS_SEEN)).is_long
    drawing = drawn(layered(MOST_LEVELS_SEEN, 20))

    assert drawing.is_long
    assert drawing.strip[0] == drawing.strip[-1] == LOWEST
    assert LOWEST < drawing.strip[1] <= HIGHEST


def test_columns_stand_further_apart_when_many_lines_pass_between_them() -> None:
    few, many = drawn(layered(2, 4)), drawn(layered(2, 6, dependencies=6))

    assert many.columns[2] - many.columns[1] > few.columns[2] - few.columns[1]


@given(st.integers(0, 500), st.integers(1, 6), st.integers(1, 12))
def test_columns_hold_every_node_and_leave_no_gap_when_a_plan_is_cut_into_them(
    seed: int, levels: int, width: int
) -> None:
    drawing = drawn(layered(levels, width, seed=seed))
    columns = drawing.by_column

    assert [node for column in columns for node in column.nodes] == sorted(
        drawing.nodes, key=lambda node: node.level
    )
    assert [column.x for column in columns] == [0, *(column.x + column.width for column in columns[:-1])]
    assert columns[-1].x + columns[-1].width == drawing.width
    for column in columns:
        assert all(column.x <= node.x < column.x + column.width for node in column.nodes)
