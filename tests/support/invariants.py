"""What must hold of the store at any moment, whatever happened: checked after every test that uses it.

The numbers are those of the engine's design: I1 one end per step, I2 an attempt starts once, I3 a step is queued after its
dependencies, I4 the log is in order, I5 the states are the fold of the log, I6 one timer each, I7 an execution ends with its
last step, I9 nothing is left behind, I10 nothing starts after a cancellation was requested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.settings import Settings
from engine.store.records import Record, UnitState
from engine.store.store import Store
from engine.workflows.events import Event
from engine.workflows.states import (
    ACTIVE_STATUSES,
    STATUS_OF_LETTER,
    STEP_CHANGES,
    StepStatus,
    WorkflowStatus,
)

ENDS = "sfck"
TIMED = "qrt"


def violations(settings: Settings) -> list[str]:
    """One sentence per broken invariant; empty: all is well."""
    store = Store(settings)
    try:
        return violations_in(store)
    finally:
        store.close()


def violations_in(store: Store) -> list[str]:
    """The same, over the connections of `store`."""
    timers = timers_by_unit(store)
    found: list[str] = []
    for name in store.client.zrange(store.keys.index_all(), 0, -1):
        execution_id = name.decode()
        record, states = store.records.read(execution_id)
        _, events = store.records.events(execution_id, 0, record.seq)
        for check in (
            ends_once,
            starts_once,
            waits_for_dependencies,
            in_order,
            folds,
            ends_last,
            stays_cancelled,
        ):
            found += [f"{execution_id}: {text}" for text in check(record, events)]
        found += [f"{execution_id}: {text}" for text in one_timer(record, states, timers)]
        found += [f"{execution_id}: {text}" for text in indexed(store, record)]
    return found


def timers_by_unit(store: Store) -> Counter[str]:
    """How many timers or places in a ready list each `execution|unit|attempt` has."""
    members = [member.decode() for member in store.client.zrange(store.keys.due(), 0, -1)]
    for queue in store.definitions.queues():
        members += [member.decode() for member in store.client.zrange(store.keys.ready(queue), 0, -1)]
    return Counter(members)


def ends_once(record: Record, events: list[Event]) -> Iterator[str]:
    ends = Counter(event.unit for event in events if event.code in ENDS)
    yield from (f"I1: unit {unit} ended {count} times" for unit, count in ends.items() if count > 1)


def starts_once(record: Record, events: list[Event]) -> Iterator[str]:
    starts = Counter((event.unit, event.attempt) for event in events if event.code == "r")
    yield from (f"I2: attempt {which} started {count} times" for which, count in starts.items() if count > 1)


def waits_for_dependencies(record: Record, events: list[Event]) -> Iterator[str]:
    succeeded: set[str] = set()
    for event in events:
        if event.code == "s":
            succeeded.add(event.unit)
        elif event.code == "q":
            missing = {str(i) for i in record.definition.steps[int(event.unit)].dependencies} - succeeded
            if missing:
                yield f"I3: unit {event.unit} was queued before its dependencies {sorted(missing)}"


def in_order(record: Record, events: list[Event]) -> Iterator[str]:
    if [event.seq for event in events] != list(range(1, record.seq + 1)):
        yield "I4: the log has a gap"
    if not events or events[0].code != "C":
        yield "I4: the log does not begin with the launch"


def folds(record: Record, events: list[Event]) -> Iterator[str]:
    state = {str(i): StepStatus.PENDING for i in range(len(record.definition.steps))}
    for event in events:
        if not event.unit:
            continue
        after = STATUS_OF_LETTER[event.code]
        if after not in STEP_CHANGES[state[event.unit]]:
            yield f"I5: unit {event.unit} went from {state[event.unit]} to {after} (seq {event.seq})"
        state[event.unit] = after
    folded = "".join(status.letter for status in state.values())
    if folded != record.vector:
        yield f"I5: the log folds to {folded}, the state is {record.vector}"


def one_timer(record: Record, states: dict[int, UnitState], timers: Counter[str]) -> Iterator[str]:
    for index, letter in enumerate(record.vector):
        attempt = states[index].attempt if index in states else 0
        count = (
            sum(
                number
                for member, number in timers.items()
                if member.startswith(f"{record.execution_id}|{index}|")
            )
            if letter not in TIMED
            else timers[f"{record.execution_id}|{index}|{attempt}"]
        )
        if count != (1 if letter in TIMED else 0):
            yield f"I6: unit {index} is {STATUS_OF_LETTER[letter]} and has {count} timers"


def ends_last(record: Record, events: list[Event]) -> Iterator[str]:
    status = WorkflowStatus(record.text(b"st"))
    open_units = sum(1 for letter in record.vector if letter not in ENDS)
    if status.ended != (open_units == 0):
        yield f"I7: it is {status} and {open_units} units have not ended"
    if record.number(b"open") != open_units:
        yield f"I7: it counts {record.number(b'open')} open units, there are {open_units}"
    ends = [event for event in events if event.code == "E"]
    if status.ended and (len(ends) != 1 or events[-1] is not ends[0] or ends[0].tail != status):
        yield f"I7: it is {status}, its log ends {[(event.code, event.tail) for event in events[-2:]]}"
    if not status.ended and ends:
        yield f"I7: it is {status} and its log says it has ended"


def stays_cancelled(record: Record, events: list[Event]) -> Iterator[str]:
    cancelled = False
    for event in events:
        cancelled = cancelled or event.code == "X"
        if cancelled and event.code in "qr":
            yield f"I10: unit {event.unit} was {event.code} after the cancellation (seq {event.seq})"


def indexed(store: Store, record: Record) -> Iterator[str]:
    """The indexes say what the execution says."""
    keys, workflow_id, execution_id = store.keys, record.definition.workflow_id, record.execution_id
    status = record.text(b"st")
    for each in WorkflowStatus:
        inside = store.client.zscore(keys.index_status(each), execution_id) is not None
        both = store.client.zscore(keys.index_both(workflow_id, each), execution_id) is not None
        removable = store.client.zscore(keys.ended(workflow_id, each), execution_id) is not None
        if inside != (each == status) or both != inside:
            yield f"it is {status}, the index of {each} says {inside}, that of its workflow {both}"
        may_go = each == status and each not in ACTIVE_STATUSES and b"pin" not in record.fields
        if removable != may_go:
            yield f"it is {status}, and {'in' if removable else 'not in'} what cleanup may remove as {each}"
