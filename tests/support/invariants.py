"""What must hold of the store at any moment, whatever happened: checked after every test that uses it.

The numbers are those of the engine's design: I1 one end per step and round, I2 an attempt starts once, I3 a step is queued
when its trigger says so, I4 the log is in order, I5 the states are the fold of the log, I6 one timer each, I7 an execution
ends with its last step, I9 nothing is left behind, I10 nothing but steps with the trigger always starts after a
cancellation was requested, I11 nor after a failure that stops the rest but those that may start late, I12 no step has more
attempts than its budget.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from celeriac.engine.settings import Settings
from celeriac.engine.store.packing import Contents, unpack
from celeriac.engine.store.plans import LATE_TRIGGERS
from celeriac.engine.store.read.execution_reader import ExecutionRecord, UnitState
from celeriac.engine.store.read.steps import attempt_views, only_attempt
from celeriac.engine.store.store import Store
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS
from celeriac.engine.workflows.progress.attempts import StepHistory, fold_histories
from celeriac.engine.workflows.progress.events import Event
from celeriac.engine.workflows.progress.retry import MAX_INTERRUPTED
from celeriac.engine.workflows.progress.states import (
    ACTIVE_STATUSES,
    COMPLETED_LETTERS,
    STATUS_OF_LETTER,
    STEP_CHANGES,
    StepStatus,
    WorkflowStatus,
)
from celeriac.engine.workflows.progress.units import index_of, item_of, item_unit

ENDS = "sfackb"
TIMED = "qrt"


@dataclass(frozen=True)
class Seen:
    """One execution as it lies in the store. `letters` and `states` are by unit, items of mapped steps included."""

    record: ExecutionRecord
    events: list[Event]
    letters: dict[str, str]
    states: dict[str, UnitState]

    def step(self, unit: str) -> StepDefinition:
        return self.record.definition.steps[index_of(unit)]


def violations(settings: Settings) -> list[str]:
    """One sentence per broken invariant; empty: all is well."""
    store = Store(settings)
    try:
        return violations_in(store) + budget_violations(store)
    finally:
        store.close()


def violations_in(store: Store) -> list[str]:
    """The same, over the connections of `store`."""
    timers = timers_by_unit(store)
    found: list[str] = []
    for name in store.client.zrange(store.keys.index_all(), 0, -1):
        seen = look(store, name.decode())
        checks = (
            ends_once,
            starts_once,
            starts_when_triggered,
            in_order,
            folds,
            attempts_fold,
            ends_last,
            stays_stopped,
        )
        found += [f"{name.decode()}: {text}" for check in checks for text in check(seen)]
        found += [f"{name.decode()}: {text}" for text in one_timer(seen, timers)]
        found += [f"{name.decode()}: {text}" for text in indexed(store, seen.record)]
    return found


def contents_of(store: Store, execution_id: str) -> Contents:
    """Everything beside the own hash of an execution, in whichever form it is stored, of one moment."""
    keys = store.keys
    pipeline = store.client.pipeline()
    pipeline.get(keys.archive(execution_id))
    pipeline.hgetall(keys.states(execution_id))
    pipeline.lrange(keys.log(execution_id), 0, -1)
    pipeline.hgetall(keys.data(execution_id))
    packed, *parts = pipeline.execute()
    return unpack(packed) if packed else Contents(*parts)


def look(store: Store, execution_id: str) -> Seen:
    """An execution at one moment: read again if something has happened between the reads."""
    while True:
        record, _ = store.reader.read(execution_id)
        _, events = store.reader.events(execution_id, 0, record.seq)
        contents = contents_of(store, execution_id)
        if len(contents.log) == record.seq:
            break
    letters = {str(index): letter for index, letter in enumerate(record.vector)}
    for index in range(len(record.vector)):
        for item, letter in enumerate(record.text(f"v{index}".encode())):
            letters[item_unit(index, item)] = letter
    states = {unit.decode(): UnitState.parse(state) for unit, state in contents.states.items()}
    return Seen(record, events, letters, states)


def budget_violations(store: Store) -> list[str]:
    """I12, apart from the others: it is kept by what decides about attempts, not by the scripts."""
    names = [name.decode() for name in store.client.zrange(store.keys.index_all(), 0, -1)]
    return [f"{name}: {text}" for name in names for text in within_budget(look(store, name))]


def within_budget(seen: Seen) -> Iterator[str]:
    """I12: `retry_count + 1` attempts per round, and at most three more, interrupted ones, each with a delay after it."""
    started, interrupted = Counter[str](), Counter[str]()
    for event in seen.events:
        if event.code == "z":
            started[event.unit] = interrupted[event.unit] = 0
        elif event.code == "r":
            started[event.unit] += 1
            most = seen.step(event.unit).retry_count + 1 + interrupted[event.unit]
            if started[event.unit] > most:
                yield f"I12: unit {event.unit} has started {started[event.unit]} times, {most} are allowed"
        elif event.code == "t" and event.tail.startswith("interrupted "):
            interrupted[event.unit] += 1
            if interrupted[event.unit] > MAX_INTERRUPTED or float(event.tail.split(" ")[1]) <= 0:
                yield f"I12: unit {event.unit}: interruption {interrupted[event.unit]}: {event.tail}"


def timers_by_unit(store: Store) -> Counter[str]:
    """How many timers or places in a ready list each `execution|unit|attempt` has."""
    members = [member.decode() for member in store.client.zrange(store.keys.due(), 0, -1)]
    for queue in store.definitions.queues():
        members += [member.decode() for member in store.client.zrange(store.keys.ready(queue), 0, -1)]
    return Counter(members)


def ends_once(seen: Seen) -> Iterator[str]:
    ended: set[str] = set()
    for event in seen.events:
        if event.code == "z":
            ended.discard(event.unit)
        elif event.code in ENDS:
            if event.unit in ended:
                yield f"I1: unit {event.unit} ended again (seq {event.seq})"
            ended.add(event.unit)


def starts_once(seen: Seen) -> Iterator[str]:
    starts = Counter((event.unit, event.attempt) for event in seen.events if event.code == "r")
    yield from (f"I2: attempt {which} started {count} times" for which, count in starts.items() if count > 1)


def starts_when_triggered(seen: Seen) -> Iterator[str]:
    letters = dict.fromkeys(map(str, range(len(seen.record.vector))), "p")
    for event in seen.events:
        if event.code == "q" and item_of(event.unit) is None:
            step = seen.step(event.unit)
            before = [letters[str(index)] for index in step.dependencies]
            if not set(before) <= set(ENDS):
                yield f"I3: unit {event.unit} was queued before its dependencies ended: {before}"
            elif before and not triggered(step.trigger, before):
                yield f"I3: unit {event.unit} was queued though {step.trigger} does not hold: {before}"
        elif event.code == "q" and letters[str(index_of(event.unit))] not in TIMED:
            yield f"I3: item {event.unit} was queued outside of its step's time (seq {event.seq})"
        if event.unit:
            letters[event.unit] = "p" if event.code == "z" else event.code


def triggered(trigger: str, before: list[str]) -> bool:
    """What the guide says of each trigger, of the letters of dependencies that have all ended."""
    succeeded, failed = before.count("s"), [letter for letter in before if letter in "fabc"]
    match trigger:
        case "all_success":
            return succeeded == len(before)
        case "any_success":
            return succeeded > 0
        case "any_failure":
            return bool(failed)
        case "all_done" | "always":
            return True
    return set(failed) <= {"a"} and succeeded + len(failed) > 0


def in_order(seen: Seen) -> Iterator[str]:
    if [event.seq for event in seen.events] != list(range(1, seen.record.seq + 1)):
        yield "I4: the log has a gap"
    if not seen.events or seen.events[0].code != "C":
        yield "I4: the log does not begin with the launch"


def folds(seen: Seen) -> Iterator[str]:
    letters = dict.fromkeys(seen.letters, "p")
    for event in seen.events:
        if not event.unit:
            continue
        # The items of an earlier round may have been more.
        before = STATUS_OF_LETTER[letters.get(event.unit, "p")]
        if event.code == "z":
            if not before.ended:
                yield f"I5: unit {event.unit} was reset while {before} (seq {event.seq})"
            letters[event.unit] = "p"
            continue
        after = STATUS_OF_LETTER[event.code]
        if after not in STEP_CHANGES[before]:
            yield f"I5: unit {event.unit} went from {before} to {after} (seq {event.seq})"
        letters[event.unit] = event.code
    folded = {unit: letters[unit] for unit in seen.letters}
    if folded != seen.letters:
        wrong = {
            unit: (folded[unit], letter) for unit, letter in seen.letters.items() if folded[unit] != letter
        }
        yield f"I5: the log folds to something else than the state: {wrong}"


def attempts_fold(seen: Seen) -> Iterator[str]:
    """I5: where a state has the only attempt of its unit, it has what the log has of it."""
    folded = fold_histories(seen.events)
    for unit, letter in seen.letters.items():
        is_mapped = item_of(unit) is None and seen.step(unit).map_over is not None
        state = seen.states.get(unit, UnitState())
        attempts = only_attempt(letter, state, is_mapped=is_mapped)
        history = folded.get(unit, StepHistory()).attempts
        if attempts is not None and attempt_views(attempts, seen.record) != attempt_views(
            history, seen.record
        ):
            yield f"I5: unit {unit} has attempts {attempts} in its state, {history} in the log"


def one_timer(seen: Seen, timers: Counter[str]) -> Iterator[str]:
    ended = WorkflowStatus(seen.record.text(b"st")).ended
    for unit, letter in seen.letters.items():
        attempt = seen.states[unit].attempt if unit in seen.states else 0
        wanted = 1 if letter in TIMED else 0
        if item_of(unit) is None:
            mapped = seen.step(unit).map_over is not None
            before = [seen.letters[str(index)] for index in seen.step(unit).dependencies]
            # Pending with nothing left to wait for: it has to be decided.
            wanted = int(not ended and set(before) <= set(ENDS)) if letter == "p" else wanted * (not mapped)
        mine = f"{seen.record.execution_id}|{unit}|"
        count = (
            timers[f"{mine}{attempt}"]
            if wanted
            else sum(number for member, number in timers.items() if member.startswith(mine))
        )
        if count != wanted:
            yield f"I6: unit {unit} is {STATUS_OF_LETTER[letter]} and has {count} timers"


def ends_last(seen: Seen) -> Iterator[str]:
    record, events = seen.record, seen.events
    status = WorkflowStatus(record.text(b"st"))
    open_units = sum(1 for letter in record.vector if letter not in ENDS)
    if status.ended != (open_units == 0):
        yield f"I7: it is {status} and {open_units} units have not ended"
    if record.number(b"open") != open_units:
        yield f"I7: it counts {record.number(b'open')} open units, there are {open_units}"
    if record.number(b"bad") != record.vector.count("f"):
        yield f"I7: it counts {record.number(b'bad')} failed units, its letters are {record.vector}"
    if (status == "success") != (
        status.ended and not cancelled(events) and set(record.vector) <= set(COMPLETED_LETTERS)
    ):
        yield f"I7: it is {status}, its letters are {record.vector}"
    rounds = Counter(event.code for event in events)
    if rounds["E"] != rounds["Y"] + status.ended:
        yield f"I7: it is {status}, {rounds['E']} times ended and {rounds['Y']} times taken up again"
    if status.ended and (events[-1].code != "E" or events[-1].tail != status):
        yield f"I7: it is {status}, its log ends {[(event.code, event.tail) for event in events[-2:]]}"
    if status.ended and any(STATUS_OF_LETTER[letter] in ACTIVE_STEPS for letter in seen.letters.values()):
        yield f"I7: it is {status} and has units under way: {seen.letters}"


def cancelled(events: list[Event]) -> bool:
    """Whether the present round was cancelled."""
    codes = [event.code for event in events if event.code in "XY"]
    return bool(codes) and codes[-1] == "X"


ACTIVE_STEPS = (StepStatus.QUEUED, StepStatus.RUNNING, StepStatus.RETRYING)


def stays_stopped(seen: Seen) -> Iterator[str]:
    """I10, I11."""
    cancelled = stopped = False
    for event in seen.events:
        if event.code == "Y":
            cancelled = stopped = False
        cancelled = cancelled or event.code == "X"
        if cancelled and event.code in "qr" and seen.step(event.unit).trigger != ALWAYS:
            yield f"I10: unit {event.unit} was {event.code} after the cancellation (seq {event.seq})"
        if stopped and event.code == "q" and seen.step(event.unit).trigger not in LATE_TRIGGERS:
            yield f"I11: unit {event.unit} was queued after a failure (seq {event.seq})"
        if event.code == "f" and seen.record.definition.on_failure == "stop":
            stopped = stopped or not seen.step(event.unit).allow_failure


def indexed(store: Store, record: ExecutionRecord) -> Iterator[str]:
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
