"""Random histories of small executions, step by step on the store and on the model: after each step both must agree.

Messages, claims and orders to end an attempt are kept after their use and used again, so that duplicates and late reports
are the rule. `again` stands for an answer that got lost: the same call arrives once more, that many ms later.
"""

from __future__ import annotations

import itertools
import uuid
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from celeriac.engine.errors import ExecutionEnded, ExecutionNotFound, IdempotencyConflict
from celeriac.engine.settings import Settings
from celeriac.engine.store import transitions
from celeriac.engine.store.orders import EndOrder, PublishOrder, StopOrder
from celeriac.engine.store.transitions import Claim, milliseconds
from tests.model.bodies import Bodies, again, pick
from tests.model.clock import Clock, clocked_store
from tests.model.drawing import Seeded, Shape, ends_of, members, shapes, stops_of, workflow
from tests.model.following import Follower
from tests.model.reference import World
from tests.model.seen import difference, expected, seen
from tests.support.invariants import violations_in
from tests.support.servers import StoreServer
from tests.support.store_leaks import forget, leaks

TIMES: dict[str, Any] = {
    "lease": 30.0, "heartbeat": 10.0, "tick": 1.0, "publish_lease": 5.0, "unclaimed": 8.0, "deadline_grace": 4.0,
    "cancel_kill": 5.0, "cancel_grace": 20.0, "window": 2,
}  # fmt: skip
WORKERS = ("w0@test#1", "w1@test#1", "w2@test#1")
MOST_EXECUTIONS = 3
ROUNDS = 60  # of 14 s: more than any timer above takes

worker = st.sampled_from(WORKERS)
outcome = st.sampled_from(["runs", "runs", "succeeds", "succeeds", "succeeds", "retries", "retries", "fails"])


class Histories(Bodies):
    """`server` is set by a subclass.

    With slices, every call changes one unit only and the rest follows in further ones; then no limit of messages is near, and no
    slot goes on, since which step comes first depends on what is ready already.
    """

    server: StoreServer
    in_slices = False

    def __init__(self) -> None:
        super().__init__()
        # Names and nonces in a fixed order: which of two equal timers comes first must not differ between two tries.
        self.random = mock.patch.object(transitions, "secrets", Seeded(1))
        self.random.start()
        self.settings = Settings(
            redis_url=self.server.url,
            namespace=f"model-{uuid.uuid4().hex[:10]}",
            **{**TIMES, **({"window": 1000} if self.in_slices else {})},
        )
        self.clock = Clock()
        self.store, self.scripts = clocked_store(self.settings, self.clock, 1 if self.in_slices else 200)
        self.world = World(
            window=self.settings.window,
            publish_lease=milliseconds(self.settings.publish_lease),
            lease=milliseconds(self.settings.lease),
            interval=milliseconds(self.settings.tick * 0.9),
            unclaimed=milliseconds(self.settings.unclaimed),
            deadline_grace=milliseconds(self.settings.deadline_grace),
            cancel_kill=milliseconds(self.settings.cancel_kill),
            cancel_grace=milliseconds(self.settings.cancel_grace),
        )
        self.numbers = itertools.count(1)
        self.follower, self.looks = Follower(self.store), itertools.count()
        self.handed: list[PublishOrder] = []  # handed out, not published
        self.broker: list[PublishOrder] = []  # published
        self.unmarked: list[PublishOrder] = []  # handed out, not reported as sent
        self.held: list[Claim] = []  # by bodies that may still report
        self.reported: list[Claim] = []  # whose report may come once more
        self.ends: list[EndOrder] = []  # handed out, not applied

    # -- launches and messages

    @initialize(shape=shapes, outcomes=st.lists(outcome, min_size=1, max_size=5))
    def begin(self, shape: Shape, outcomes: list[str]) -> None:
        """An execution under way, some of its first steps tried: most that can go wrong needs one."""
        self.launch(shape, "", "", None)
        for each in outcomes:
            if self.handed:
                self.try_a_step(0, WORKERS[0], True, each)

    @precondition(lambda self: len(self.world.executions) < MOST_EXECUTIONS)
    @rule(
        shape=shapes,
        key=st.sampled_from(["", "", "a1", "b2"]),
        launch=st.sampled_from(["x", "y"]),
        resend=again,
    )
    def launch(self, shape: Shape, key: str, launch: str, resend: int | None) -> None:
        definition, call = workflow(shape), f"call{next(self.numbers)}"
        self.store.definitions.publish_version(definition)
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            try:
                made = self.store.transitions.create_execution(
                    definition, b"{}", labels={}, note="", key_hash=key, launch_hash=launch
                )
            except IdempotencyConflict:
                made = None
        execution_id = made.execution_id if made else ""
        answer = self.world.create(call, execution_id, definition.steps, key, launch)
        outcome = "conflict" if made is None else "replayed" if made.replayed else "created"
        assert outcome == answer.outcome
        if made and not made.replayed and not resend:
            assert members(made.orders) == answer.messages
        self.handed += made.orders if made else ()

    @precondition(lambda self: self.handed)
    @rule(which=pick, reaches=st.booleans(), marked=st.booleans())
    def publish(self, which: int, reaches: bool, marked: bool) -> None:
        message = self.handed.pop(which % len(self.handed))
        if reaches:
            self.broker.append(message)
        if marked:
            self.mark(message)
        else:
            self.unmarked.append(message)

    @precondition(lambda self: self.unmarked)
    @rule(which=pick)
    def mark_late(self, which: int) -> None:
        """Whoever published says so at last; the message may have been claimed meanwhile, or be none any more."""
        self.mark(self.unmarked.pop(which % len(self.unmarked)))

    def mark(self, message: PublishOrder) -> None:
        self.world.now = self.clock.now
        self.store.transitions.mark_sent([message])
        self.world.mark_sent(members([message]))

    @precondition(lambda self: self.broker)
    @rule(which=pick, by=worker, duplicate=st.booleans(), resend=again)
    def deliver(self, which: int, by: str, duplicate: bool, resend: int | None) -> None:
        message = self.broker[which % len(self.broker)]
        if not duplicate:
            self.broker.remove(message)
        self.claim(message, by, resend)

    @precondition(lambda self: self.handed)
    @rule(which=pick, by=worker, marked=st.booleans(), outcome=outcome)
    def try_a_step(self, which: int, by: str, marked: bool, outcome: str) -> None:
        """What is normal: a message is published, claimed, and mostly reported. It may be delivered once more later."""
        message, held = self.handed[which % len(self.handed)], len(self.held)
        self.publish(which, True, marked)
        self.claim(message, by)
        if len(self.held) == held or outcome == "runs":
            return
        if outcome == "succeeds":
            self.complete(held, None)
        else:
            self.fail(held, "error", {"retries": 25.0, "fails": None}[outcome], True, False, True, None)

    # -- people

    def an_execution(self, which: int) -> str:
        return sorted([*self.world.executions, "gone"])[which % (len(self.world.executions) + 1)]

    @rule(which=pick, resend=again)
    def cancel(self, which: int, resend: int | None) -> None:
        execution_id, call = self.an_execution(which), f"call{next(self.numbers)}"
        stops: tuple[StopOrder, ...] = ()
        messages: tuple[PublishOrder, ...] = ()
        outcome = ""
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            try:
                stops, messages = self.store.transitions.cancel_execution(execution_id)
            except ExecutionEnded:
                outcome = "ended"
            except ExecutionNotFound:
                outcome = "unknown"
        answer = self.world.cancel(execution_id, call)
        assert (outcome, stops_of(stops)) == (answer.outcome, answer.stops)
        self.take(messages, answer, resend)

    @precondition(lambda self: any(execution.end for execution in self.world.executions.values()))
    @rule(which=pick, pinned=st.booleans())
    def pin(self, which: int, pinned: bool) -> None:
        execution_id, outcome = self.an_execution(which), ""
        try:
            self.store.transitions.pin_execution(execution_id, pinned)
        except ExecutionNotFound:
            outcome = "unknown"
        assert outcome == self.world.pin(execution_id, pinned).outcome

    @precondition(lambda self: any(execution.end for execution in self.world.executions.values()))
    @rule(which=pick, age=st.sampled_from([None, 0, 10_000]))
    def delete(self, which: int, age: int | None) -> None:
        execution_id, before = self.an_execution(which), None if age is None else self.clock.now - age
        (outcome,) = self.store.transitions.delete_executions([execution_id], before=before)
        assert outcome == self.world.delete(execution_id, before).outcome

    @rule(which=pick, resend=again)
    def archive(self, which: int, resend: int | None) -> None:
        with self.scripts.resending(resend):
            self.store.archive.archive_executions([self.an_execution(which)])

    # -- workers and time

    @rule(
        by=worker,
        knows_its_tasks=st.booleans(),
        resend=again,
        slots=st.sampled_from([0, 1, 2, 3]),
        goes_on=st.booleans(),
    )
    def heartbeat(
        self, by: str, knows_its_tasks: bool, resend: int | None, slots: int = 1, goes_on: bool = True
    ) -> None:
        call, slots = f"call{next(self.numbers)}", 0 if self.in_slices else slots
        tasks = {claim.claim.split(".")[0] for claim in self.held} if knows_its_tasks else set()
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            ends = self.store.transitions.heartbeat(
                by, b"{}", sorted(tasks), slots, ["noop"] if goes_on else []
            )
        self.world.heartbeat(by, tasks, call, slots, goes_on)
        self.world.now = self.clock.now
        assert ends_of(ends) == self.world.heartbeat(by, tasks, call, slots, goes_on).ends
        self.ends += ends

    @rule(by=worker, resend=again)
    def retire(self, by: str, resend: int | None) -> None:
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            ends = self.store.transitions.retire_worker(by)
        assert ends_of(ends) == self.world.retire(by).ends
        self.ends += ends

    @rule(by=worker)
    def worker_dies(self, by: str) -> None:
        """Its bodies report no more; the lease will lapse."""
        mine = {task for task, _ in self.world.claims.get(by, {}).values()}
        self.held = [claim for claim in self.held if claim.claim.split(".")[0] not in mine]

    @rule(ms=st.sampled_from([1, 400, 1_000, 5_000, 14_000, 31_000, 100_000]))
    def time_passes(self, ms: int) -> None:
        self.clock.advance(ms)

    @rule(resend=again)
    def tick(self, resend: int | None) -> None:
        self.world.now = self.clock.now
        first = self.world.tick()
        with self.scripts.resending(resend):
            tick = self.store.transitions.tick()
        if resend is not None:
            self.world.now = self.clock.now
            first = self.world.tick()
        assert members(tick.orders) == first.messages
        assert stops_of(tick.stops) == first.stops
        assert ends_of(tick.ends) == first.ends
        self.handed += tick.orders
        self.ends += tick.ends

    @rule()
    def time_passes_until_the_next_timer(self) -> None:
        timers = [*self.world.due.values(), *self.world.leases.values()]
        self.clock.now = max(
            self.clock.now, min(timers, default=0), self.world.last_tick + self.world.interval
        )
        self.tick(None)

    # -- what holds after each step

    @invariant()
    def store_and_model_agree(self) -> None:
        differing = difference(seen(self.store), expected(self.world))
        assert not differing, differing

    @invariant()
    def invariants_hold(self) -> None:
        assert violations_in(self.store) == []

    @invariant()
    def following_gives_what_reading_gives(self) -> None:
        for execution_id in self.world.executions:
            if next(self.looks) % 3 == 0:
                assert self.follower.differences(execution_id) == []

    def teardown(self) -> None:
        try:
            self.everything_ends()
        finally:
            self.random.stop()
            self.store.close()
            with self.server.client() as client:
                forget(client, self.settings.namespace)

    def everything_ends(self) -> None:
        """Whatever happened: with one worker that works and somebody who looks, every execution ends and leaves nothing."""
        self.held.clear()
        for _ in range(ROUNDS):
            if all(execution.end for execution in self.world.executions.values()):
                break
            self.heartbeat(WORKERS[0], True, None)
            self.clock.advance(14_000)
            self.tick(None)
            for end in self.ends:
                self.report_end(end, 0.0, True, end.kind != "unconfirmed")
            self.ends.clear()
            while self.handed:
                message = self.handed.pop()
                self.claim(message, WORKERS[0])
                while self.held:
                    self.report_success(self.held.pop())
            self.store_and_model_agree()
        assert [e for e in self.world.executions.values() if not e.end] == []
        with self.server.client() as client:
            found = leaks(client, self.settings.namespace)
        assert found == [], found
