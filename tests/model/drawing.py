"""What the histories are made of: drawn workflows, names in a fixed order, answers as the model writes them."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import strategies as st

from celeriac.engine.store.orders import EndOrder, PublishOrder, StopOrder
from celeriac.engine.workflows.definition.definition import WorkflowDefinition, define_workflow
from celeriac.engine.workflows.definition.steps import ALWAYS, NONE_FAILED
from tests.support.workflows import step

#: Of each step: which of the steps before it it waits for (bits), its queue, its timeout in seconds, and whether its
#: trigger is always, if it waits for any.
Shape = list[tuple[int, str, int, bool]]
shapes = st.lists(
    st.tuples(
        st.integers(0, 15),
        st.sampled_from("ab"),
        st.sampled_from([1, 10, 10, 60]),
        st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=5,
)


def workflow(shape: Shape) -> WorkflowDefinition:
    """The workflow of a drawn shape. Equal shapes are the same workflow."""
    steps, names = [], []
    for n, (bits, queue, timeout, always) in enumerate(shape):
        after = [f"s{i}" for i in range(n) if bits >> i & 1]
        trigger = ALWAYS if always and after else NONE_FAILED
        steps.append(step(f"s{n}", after=after, queue=queue, timeout=timeout, trigger=trigger))
        names.append(f"{bits % 2**n:x}{queue}{timeout}" + "A" * (trigger == ALWAYS))
    return define_workflow("-".join(names), steps)


def members(messages: Iterable[PublishOrder]) -> set[str]:
    return {f"{message.execution_id}|{message.unit}|{message.attempt}" for message in messages}


def ends_of(ends: Iterable[EndOrder]) -> set[str]:
    return {f"{e.execution_id}|{e.unit}|{e.attempt}|{e.claim}|{e.kind}|{e.worker_id}" for e in ends}


def stops_of(stops: Iterable[StopOrder]) -> set[str]:
    return {f"{stop.claim.partition('.')[0]}|{stop.worker_id}|{stop.since}" for stop in stops}


class Seeded:
    """Stands in for `secrets` in the transitions: the same names in the same order each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choice(self, letters: str) -> str:
        return self._random.choice(letters)

    def token_hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()
