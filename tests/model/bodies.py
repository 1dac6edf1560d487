"""What bodies do in the histories: they are claimed, report, late or twice, and their slots go on."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from celeriac.engine.store.orders import ClaimRequest, EndOrder, PublishOrder
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim, milliseconds
from tests.model.clock import Clock, ClockedScripts
from tests.model.drawing import members
from tests.model.following import ERROR
from tests.model.records import Answer, Following
from tests.model.reference import World

pick = st.integers(0, 23)
again = st.sampled_from([None, None, None, 1, 1_500, 11_000])


class Bodies(RuleBasedStateMachine):
    """The attributes are set by a subclass."""

    store: Store
    scripts: ClockedScripts
    clock: Clock
    world: World
    numbers: itertools.count[int]
    in_slices: bool
    handed: list[PublishOrder]  # handed out, not published
    held: list[Claim]  # by bodies that may still report
    reported: list[Claim]  # whose report may come once more
    ends: list[EndOrder]  # handed out, not applied

    def claim(self, message: PublishOrder, by: str, resend: int | None = None) -> None:
        name = f"task{next(self.numbers)}.n"
        where = (message.execution_id, message.unit, message.attempt)
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            claim = self.store.transitions.claim_step(*where, name, by)
        answer = self.world.claim(message.execution_id, int(message.unit), message.attempt, name, by)
        assert ("claimed" if isinstance(claim, Claim) else "refused") == answer.outcome, claim
        if isinstance(claim, Claim):
            self.hold(claim, answer)

    def hold(self, claim: Claim | None, answer: Answer) -> None:
        """A claim that must be the model's, for a body that may report."""
        member = claim and f"{claim.execution_id}|{claim.unit}|{claim.attempt}"
        assert member == answer.following
        if claim and claim not in self.held:
            self.held.append(claim)

    def next_of(self, claim: Claim, goes_on: bool) -> tuple[ClaimRequest, Following] | tuple[None, None]:
        """The request for the claim that follows a report, for the store and for the model."""
        execution = self.world.executions.get(claim.execution_id)
        by = execution.units[int(claim.unit)].worker if execution else ""
        if not goes_on or not by or self.in_slices:
            return None, None
        name = f"task{next(self.numbers)}.n"
        return ClaimRequest(name, by, claim.limits), (name, by)

    def take(self, messages: tuple[PublishOrder, ...], answer: Answer, resend: int | None = None) -> None:
        """What an answer hands out; a repeated call has less to hand out, the timers know the rest."""
        assert members(messages) == answer.messages or (resend is not None and not messages)
        self.handed += messages

    # -- reports

    @precondition(lambda self: self.held)
    @rule(which=pick, resend=again, goes_on=st.booleans())
    def complete(self, which: int, resend: int | None, goes_on: bool = False) -> None:
        claim = self.held.pop(which % len(self.held))
        self.reported.append(claim)
        self.report_success(claim, resend, goes_on)

    @precondition(lambda self: self.reported)
    @rule(which=pick)
    def complete_late(self, which: int) -> None:
        self.report_success(self.reported[which % len(self.reported)])

    def report_success(self, claim: Claim, resend: int | None = None, goes_on: bool = False) -> None:
        request, following = self.next_of(claim, goes_on)
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            ended = self.store.transitions.complete_step(claim, b"1", None, request)
        where = (claim.execution_id, int(claim.unit), claim.attempt, claim.claim)
        answer = self.world.complete(*where, following)
        assert ended.outcome == ("stale" if resend is not None else answer.outcome)
        self.take(ended.orders, answer, resend)
        self.hold(ended.following, answer)

    @precondition(lambda self: self.held)
    @rule(
        which=pick,
        kind=st.sampled_from(["error", "timeout", "lost", "interrupted", "bad_result"]),
        retry_in=st.sampled_from([None, 0.0, 0.5, 25.0]),
        counts=st.booleans(),
        prefix=st.booleans(),
        reports_again=st.booleans(),
        resend=again,
        goes_on=st.booleans(),
    )
    def fail(
        self, which: int, kind: str, retry_in: float | None, counts: bool, prefix: bool, reports_again: bool,
        resend: int | None, goes_on: bool = False,
    ) -> None:  # fmt: skip
        claim = self.held.pop(which % len(self.held))
        if reports_again:
            self.reported.append(claim)
        name = claim.claim.split(".")[0] + "." if prefix else claim.claim
        end = EndOrder(claim.execution_id, claim.unit, claim.attempt, name, kind, "")
        self.report_end(end, retry_in, counts, True, resend, self.next_of(claim, goes_on))

    @precondition(lambda self: self.ends)
    @rule(which=pick, retry_in=st.sampled_from([None, 0.0, 3.0]), keep=st.booleans(), resend=again)
    def apply_an_end(self, which: int, retry_in: float | None, keep: bool, resend: int | None) -> None:
        """An order to end an attempt is carried out, perhaps late, perhaps twice."""
        end = self.ends[which % len(self.ends)]
        if not keep:
            self.ends.remove(end)
        self.report_end(end, retry_in, True, end.kind != "unconfirmed", resend)

    @precondition(lambda self: self.held)
    @rule(which=pick)
    def report_with_a_foreign_claim(self, which: int) -> None:
        claim = self.held[which % len(self.held)]
        self.report_success(replace(claim, claim="foreign.n"))
        where = (claim.execution_id, claim.unit, claim.attempt)
        self.report_end(EndOrder(*where, "foreign.", "lost", ""), None, True, True)

    def report_end(
        self, end: EndOrder, retry_in: float | None, counts: bool, stopped: bool, resend: int | None = None,
        goes_on: tuple[ClaimRequest, Following] | tuple[None, None] = (None, None),
    ) -> None:  # fmt: skip
        request, following = goes_on
        with self.scripts.resending(resend):
            self.world.now = self.clock.now
            ended = self.store.transitions.fail_step(
                end.execution_id, end.unit, end.attempt, end.claim, kind=end.kind, retry_in=retry_in,
                uses_attempt=counts, error=ERROR, traceback="t", stopped=stopped, following=request,
            )  # fmt: skip
        answer = self.world.fail(
            end.execution_id, int(end.unit), end.attempt, end.claim, kind=end.kind,
            delay=None if retry_in is None else milliseconds(retry_in), counts=counts, stopped=stopped,
            following=following,
        )  # fmt: skip
        assert ended.outcome == ("stale" if resend is not None else answer.outcome)
        self.take(ended.orders, answer, resend)
        self.hold(ended.following, answer)
