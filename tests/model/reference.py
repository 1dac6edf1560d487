"""What the transitions promise, in plain Python and without a store: the model that the Lua scripts are held against.

It knows an execution by the letters of its steps and derives what it can (a step is ready when all its dependencies are
`s`, one with the trigger always when all have ended); the scripts keep counters. Times are ms. Answers are what the scripts
hand out: members `execution|unit|attempt`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from celeriac.engine.workflows.definition.definition import StepDefinition
from tests.model.records import ENDED, Answer, Execution, Following, Unit


@dataclass
class World:
    """Everything a namespace holds. `now` is set before each call."""

    window: int
    publish_lease: int
    lease: int
    interval: int
    unclaimed: int
    deadline_grace: int
    cancel_kill: int
    cancel_grace: int
    now: int = 0
    last_tick: int = 0
    executions: dict[str, Execution] = field(default_factory=dict)
    launches: dict[str, str] = field(default_factory=dict)  # call -> execution
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # idempotency key -> execution, launch
    ready: dict[str, dict[str, int]] = field(default_factory=lambda: {"a": {}, "b": {}})
    reached: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 0})  # place let through last
    published: dict[str, dict[str, int]] = field(default_factory=lambda: {"a": {}, "b": {}})
    sent: dict[str, int] = field(default_factory=dict)  # messages that have not arrived, since when
    due: dict[str, int] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    claims: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    beats: dict[str, str] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)
    goes_on: dict[str, bool] = field(default_factory=dict)  # whether a worker takes steps without a message
    touched: set[str] = field(default_factory=set)  # queues in which the call under way has changed something

    # -- launch, claim, report

    def create(
        self, call: str, execution_id: str, steps: tuple[StepDefinition, ...], key: str, launch: str
    ) -> Answer:
        """`execution_id` is the store's proposal, used when there is to be a new execution."""
        if call in self.launches:
            return Answer("created")
        if key and key in self.keys:
            return Answer("replayed" if self.keys[key][1] == launch else "conflict")
        execution = Execution(steps, self.now, units=[Unit() for _ in steps])
        self.executions[execution_id] = execution
        self.launches[call] = execution_id
        if key:
            self.keys[key] = (execution_id, launch)
        self._log(execution, "C")
        self._queue_what_is_ready(execution_id, execution, range(len(steps)))
        return Answer("created", self._pump())

    def claim(self, execution_id: str, index: int, attempt: int, claim: str, worker: str) -> Answer:
        execution = self.executions.get(execution_id)
        if execution is None:
            return Answer("refused")
        unit, step = execution.units[index], execution.steps[index]
        self.sent.pop(f"{execution_id}|{index}|{attempt}", None)
        if unit.letter == "q" and unit.attempt == attempt:
            following = self._start(execution_id, index, claim, worker)
        else:
            following = self._claimed_as(claim, worker) or self._next(step.queue, step.timeout, claim, worker)
        self.touched.clear()  # a body does not wait until others are published
        return Answer("claimed" if following else "refused", following=following)

    def _start(self, execution_id: str, index: int, claim: str, worker: str) -> str:
        execution = self.executions[execution_id]
        unit, step = execution.units[index], execution.steps[index]
        member = self._withdraw(execution_id, execution, index)
        self.leases[worker] = max(self.leases.get(worker, 0), self.now + self.lease)
        self.claims.setdefault(worker, {})[member] = (claim.split(".")[0], 0)
        self.due[member] = self.now + step.timeout * 1000 + self.deadline_grace
        unit.letter, unit.claim, unit.worker = "r", claim, worker
        if execution.status == "pending":
            execution.status = "running"
            self._log(execution, "R")
        self._log(execution, "r", index, worker)
        return member

    def _claimed_as(self, claim: str, worker: str) -> str | None:
        """What this claim has got, if its call is a repeated one."""
        held = [member for member in self.claims.get(worker, {}) if self._unit(member).claim == claim]
        return held[0] if held else None

    def _next(self, queue: str, timeout: int, claim: str, worker: str) -> str | None:
        """Claims the oldest attempt of a queue, published ones first, if it suits the slot."""
        for waiting in (self.published[queue], self.ready[queue]):
            for member in sorted(waiting, key=lambda member: (waiting[member], member)):
                execution_id, index, _ = member.split("|")
                step = self.executions[execution_id].steps[int(index)]
                if step.timeout != timeout or not self.goes_on.get(worker):
                    return None
                if waiting is self.ready[queue]:
                    self.reached[queue] = waiting[member]
                return self._start(execution_id, int(index), claim, worker)
        return None

    def complete(
        self, execution_id: str, index: int, attempt: int, claim: str, following: Following | None = None
    ) -> Answer:
        execution = self._fenced(execution_id, index, attempt, claim)
        if execution is None:
            return self._stale(following)
        self._end(execution_id, execution, index, "s")
        self._queue_what_is_ready(execution_id, execution, execution.steps[index].dependents)
        return self._settled(execution, "success", index, following)

    def _stale(self, following: Following | None) -> Answer:
        return Answer("stale", following=self._claimed_as(*following) if following else None)

    def fail(
        self, execution_id: str, index: int, attempt: int, claim: str, *, kind: str, delay: int | None, counts: bool,
        stopped: bool, following: Following | None = None,
    ) -> Answer:  # fmt: skip
        execution = self._fenced(execution_id, index, attempt, claim)
        if execution is None:
            return self._stale(following)
        unit = execution.units[index]
        unit.lost += kind == "lost"
        unit.base += not counts
        dependents = execution.steps[index].dependents
        if execution.ends_cancelled(index):
            self._end(execution_id, execution, index, "c", "" if stopped else "U")
            self._queue_what_is_ready(execution_id, execution, dependents)
            return self._settled(execution, "cancelled", index, following)
        if delay is not None and (execution.stopped_by is None or execution.cleans_up(index)):
            member = self._let_go(execution_id, execution, index)
            unit.letter, unit.claim = "t", ""
            self._log(execution, "t", index, f"{kind} {delay}")
            if delay:
                self.due[member] = self.now + delay
            else:
                self._queue(execution_id, execution, index)
            return self._settled(execution, "retrying", index, following)
        self._end(execution_id, execution, index, "f", kind)
        if execution.stopped_by is None and execution.cancelled is None:
            execution.stopped_by = str(index)
            self._end_waiting(execution_id, execution, "b", f"S{index}")
        else:
            self._queue_what_is_ready(execution_id, execution, dependents)
        return self._settled(execution, "failure", index, following)

    # -- cancel, keep, remove

    def cancel(self, execution_id: str, call: str) -> Answer:
        execution = self.executions.get(execution_id)
        if execution is None:
            return Answer("unknown")
        if execution.status in ENDED and execution.cancelled_by != call:
            return Answer("ended")
        if execution.cancelled is None:
            execution.cancelled, execution.cancelled_by = self.now, call
            self._log(execution, "X")
            self._end_waiting(execution_id, execution, "c", "")
        answer = self._settled(execution, "")
        for index, unit in enumerate(execution.units):
            if unit.letter == "r" and execution.ends_cancelled(index):
                member = f"{execution_id}|{index}|{unit.attempt}"
                self.due[member] = min(self.due[member], self.now + self.cancel_kill)
                answer.stops.add(f"{unit.claim.split('.')[0]}|{unit.worker}|0")
        return answer

    def pin(self, execution_id: str, pinned: bool) -> Answer:
        if execution_id not in self.executions:
            return Answer("unknown")
        self.executions[execution_id].pinned = pinned
        return Answer("")

    def delete(self, execution_id: str, before: int | None) -> Answer:
        execution = self.executions.get(execution_id)
        if execution is None:
            return Answer("unknown")
        if execution.end is None:
            return Answer("active")
        if execution.pinned:
            return Answer("pinned")
        if before is not None and execution.end >= before:
            return Answer("recent")
        del self.executions[execution_id]
        self.keys = {key: made for key, made in self.keys.items() if made[0] != execution_id}
        return Answer("deleted")

    # -- messages, workers, time

    def mark_sent(self, members: Iterable[str]) -> None:
        for member in members:
            if any(member in window for window in self.published.values()):
                execution_id, index, _ = member.split("|")
                unit = self.executions[execution_id].units[int(index)]
                self.due[member] = self.now + self.unclaimed * 2 ** min(unit.repeats, 4)

    def heartbeat(
        self, worker: str, tasks: set[str], call: str, slots: int = 0, goes_on: bool = False
    ) -> Answer:
        """A task that the worker does not name at two different beats running is lost."""
        self.leases[worker] = self.now + self.lease
        self.slots[worker], self.goes_on[worker] = slots, goes_on
        repeated, self.beats[worker] = self.beats.get(worker) == call, call
        held = self.claims.get(worker, {})
        for member, (task, missed) in held.items():
            held[member] = (task, 0 if task in tasks else missed + (not repeated))
        lost = {f"{member}|{task}.|lost|{worker}" for member, (task, missed) in held.items() if missed >= 2}
        return Answer("", ends=lost)

    def retire(self, worker: str) -> Answer:
        held = self.claims.get(worker, {})
        if not held:
            self._forget(worker)
        return Answer(
            "", ends={f"{member}|{task}.|interrupted|{worker}" for member, (task, _) in held.items()}
        )

    def tick(self) -> Answer:
        answer, gap = Answer(""), self.now - self.last_tick
        if gap < self.interval:
            return answer
        amnesty = self.last_tick == 0 or gap > self.lease / 2
        if amnesty:
            self._forgive(gap if self.last_tick else 0)
        self.last_tick = self.now
        for member in sorted(self.due, key=lambda member: (self.due[member], member)):
            if self.due[member] <= self.now:
                self._ring(member, answer, amnesty)
        for worker in [worker for worker, until in self.leases.items() if until <= self.now]:
            for member in self.claims.get(worker, {}):
                answer.ends.add(f"{member}|{self._unit(member).claim}|lost|{worker}")
            if not self.claims.get(worker):
                self._forget(worker)
        self.touched |= set(self.ready)
        answer.messages |= self._pump(least=1)
        return answer

    def _ring(self, member: str, answer: Answer, amnesty: bool) -> None:
        execution_id, index, _ = member.split("|")
        execution, unit = self.executions[execution_id], self._unit(member)
        if unit.letter == "q":
            unit.repeats += 1
            self._publish(member)
            answer.messages.add(member)
        elif unit.letter == "t":
            del self.due[member]
            self._queue(execution_id, execution, int(index))
        elif not execution.ends_cancelled(int(index)):
            self.due[member] = self.now + self.publish_lease
            answer.ends.add(f"{member}|{unit.claim}|timeout|{unit.worker}")
        elif (since := self.now - (execution.cancelled or 0)) >= self.cancel_grace and not amnesty:
            self.due[member] = self.now + self.publish_lease
            answer.ends.add(f"{member}|{unit.claim}|unconfirmed|{unit.worker}")
        else:
            self.due[member] = self.now + self.cancel_kill
            answer.stops.add(f"{unit.claim.split('.')[0]}|{unit.worker}|{since}")

    def _forgive(self, gap: int) -> None:
        """Nobody looked for `gap` ms: what ran out meanwhile gets that time once more."""
        for worker, until in self.leases.items():
            self.leases[worker] = max(until, self.now + self.lease)
        for member, at in self.due.items():
            execution_id, index, _ = member.split("|")
            ends_cancelled = self.executions[execution_id].ends_cancelled(int(index))
            if at <= self.now + gap and self._unit(member).letter == "r" and not ends_cancelled:
                self.due[member] = at + gap

    # -- what they share

    def _unit(self, member: str) -> Unit:
        execution_id, index, _ = member.split("|")
        return self.executions[execution_id].units[int(index)]

    def _log(self, execution: Execution, code: str, index: int | None = None, tail: str = "") -> None:
        words = [code, str(self.now - execution.launched)]
        if index is not None:
            words += [str(index), str(execution.units[index].attempt)]
        execution.log.append(" ".join([*words, tail] if tail else words))

    def _fenced(self, execution_id: str, index: int, attempt: int, claim: str) -> Execution | None:
        execution = self.executions.get(execution_id)
        if execution is None:
            return None
        unit = execution.units[index]
        held = unit.letter == "r" and unit.attempt == attempt
        whole = unit.claim == claim or (claim.endswith(".") and unit.claim.startswith(claim))
        return execution if held and whole else None

    def _queue_what_is_ready(self, execution_id: str, execution: Execution, indexes: Iterable[int]) -> None:
        for index in indexes:
            enough = "sfcb" if execution.cleans_up(index) else "s"
            waits_for = [execution.units[i].letter for i in execution.steps[index].dependencies]
            if execution.units[index].letter == "p" and all(letter in enough for letter in waits_for):
                self._queue(execution_id, execution, index)

    def _queue(self, execution_id: str, execution: Execution, index: int) -> None:
        unit = execution.units[index]
        unit.letter, unit.attempt, unit.repeats, unit.claim, unit.worker = "q", unit.attempt + 1, 0, "", ""
        queue = execution.steps[index].queue
        self.touched.add(queue)
        ahead = sum(1 for member in self.ready[queue] if member.split("|")[0] == execution_id)
        self.ready[queue][f"{execution_id}|{index}|{unit.attempt}"] = self.reached[queue] + ahead + 1
        self._log(execution, "q", index)

    def _pump(self, least: int = 0) -> set[str]:
        """Publishes what is ready in the queues in which something changed: a message for each idle slot."""
        handed: set[str] = set()
        slots = sum(self.slots.values())
        idle = max(least, slots - sum(map(len, self.claims.values())))
        for queue in self.touched:
            waiting, published = self.ready[queue], self.published[queue]
            room = max(self.window, 2 * slots) - len(published)
            if slots:
                fresh = [
                    m for m, at in self.sent.items() if at >= self.now - 1000 and self._queue_of(m) == queue
                ]
                room = min(room, idle - len(fresh))
            for member in sorted(waiting, key=lambda member: (waiting[member], member))[: max(0, room)]:
                self.reached[queue] = published[member] = waiting.pop(member)
                self._publish(member)
                handed.add(member)
        self.touched.clear()
        return handed

    def _publish(self, member: str) -> None:
        self.sent[member] = self.now
        self.due[member] = self.now + self.publish_lease

    def _queue_of(self, member: str) -> str:
        execution_id, index, _ = member.split("|")
        execution = self.executions.get(execution_id)
        return execution.steps[int(index)].queue if execution else ""

    def _withdraw(self, execution_id: str, execution: Execution, index: int) -> str:
        member = f"{execution_id}|{index}|{execution.units[index].attempt}"
        queue = execution.steps[index].queue
        self.due.pop(member, None)
        self.ready[queue].pop(member, None)
        self.published[queue].pop(member, None)
        self.touched.add(queue)
        return member

    def _let_go(self, execution_id: str, execution: Execution, index: int) -> str:
        unit = execution.units[index]
        self.touched.add(execution.steps[index].queue)
        member = f"{execution_id}|{index}|{unit.attempt}"
        self.due.pop(member, None)
        self.claims.get(unit.worker, {}).pop(member, None)
        return member

    def _end(self, execution_id: str, execution: Execution, index: int, letter: str, tail: str = "") -> None:
        unit = execution.units[index]
        self._let_go(execution_id, execution, index)
        unit.letter, unit.claim = letter, ""
        self._log(execution, letter, index, tail)

    def _end_waiting(self, execution_id: str, execution: Execution, letter: str, tail: str) -> None:
        """Ends what waits but the clean-up, and starts what of that has nothing left to wait for."""
        for index, unit in enumerate(execution.units):
            if execution.cleans_up(index):
                continue
            if unit.letter == "p":
                unit.letter = letter
                self._log(execution, letter, index, tail)
            elif unit.letter in "qt":
                self._withdraw(execution_id, execution, index)
                self._end(execution_id, execution, index, letter, tail)
        self._queue_what_is_ready(execution_id, execution, range(len(execution.units)))

    def _settled(
        self, execution: Execution, outcome: str, index: int | None = None, following: Following | None = None
    ) -> Answer:
        if execution.status not in ENDED and not set(execution.vector) & set("pqrt"):
            failed = "failure" if "f" in execution.vector else "success"
            execution.status = failed if execution.cancelled is None else "cancelled"
            execution.end = self.now
            self._log(execution, "E", None, execution.status)
        taken = None
        if index is not None and following:
            step = execution.steps[index]
            taken = self._next(step.queue, step.timeout, *following)
        if index is not None and taken is None:
            self.touched |= set(self.ready)
        return Answer(outcome, self._pump(), following=taken)

    def _forget(self, worker: str) -> None:
        self.leases.pop(worker, None)
        self.claims.pop(worker, None)
        self.beats.pop(worker, None)
        self.slots.pop(worker, None)
        self.goes_on.pop(worker, None)
