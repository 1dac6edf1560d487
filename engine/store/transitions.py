"""Every change of an execution, one method per Lua script of the same name. Independent of Celery."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from celeriac.engine.errors import ExecutionEnded, ExecutionNotFound, IdempotencyConflict
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import (
    ClaimRequest,
    DecideOrder,
    EndOrder,
    Order,
    PublishOrder,
    StopOrder,
    Tick,
    read_ends,
    read_orders,
    read_stops,
)
from celeriac.engine.store.packing import unpack
from celeriac.engine.store.scripts import Scripts
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.definition.validation import PRIORITIES

#: Limit in bytes for all results of a mapped step together; see `MOST_GATHERED` in lua/lib/gathering.lua.
MAX_GATHERED = 4_194_304
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed attempt.

    `results` are JSON in the order of the step's dependencies, empty for those without one; `item` is the JSON of the
    item, empty if the unit is a step. `base` is how many attempts before it do not count, `round` that of the execution;
    `arguments` (JSON) replace those of the step if the attempt before asked for them; `trace` is JSON of headers. `limits` are
    those of the task in ms, "soft" or "soft/hard".
    """

    execution_id: str
    unit: str
    attempt: int
    claim: str
    workflow_id: str
    version: str
    input: bytes
    results: tuple[bytes, ...]
    item: bytes = b""
    base: int = 0
    round: int = 1
    arguments: bytes = b""
    trace: bytes = b""
    limits: str = ""


class Ended(NamedTuple):
    """The effect of a report: its outcome, the orders for units that became ready, and the next claim, if one was asked
    for and there is one."""

    outcome: str
    orders: tuple[Order, ...]
    following: Claim | None = None


@dataclass(frozen=True, slots=True)
class Created:
    execution_id: str
    replayed: bool
    orders: tuple[Order, ...]


def _claim(reply: Sequence[Any]) -> Claim | None:
    """The claimed unit of a script's reply; None if it is empty."""
    if not reply:
        return None
    execution_id, unit, attempt, claim, workflow_id, version, given, results, *rest = reply
    item, base, round, arguments, trace, limits = rest
    return Claim(
        execution_id.decode(),
        unit.decode(),
        attempt,
        claim.decode(),
        workflow_id.decode(),
        version.decode(),
        given,
        tuple(results),
        item,
        base,
        round,
        arguments,
        trace,
        limits.decode(),
    )


def _ended(reply: Sequence[Any]) -> Ended:
    outcome, raws, following = reply
    return Ended(outcome.decode(), read_orders(raws), _claim(following))


class Transitions:
    """The transitions of one namespace. Every method can be repeated safely after a lost reply."""

    def __init__(self, scripts: Scripts, settings: Settings) -> None:
        self._call = scripts.call
        self._settings = settings

    def create_execution(
        self,
        definition: WorkflowDefinition,
        input_json: bytes,
        *,
        labels: dict[str, str],
        note: str,
        key_hash: str = "",
        launch_hash: str = "",
        launched_from: str = "",
        trace: str = "",
    ) -> Created:
        """Creates an execution and makes its first steps ready.

        `trace` is a JSON object of headers. Raises `IdempotencyConflict` if the key was used for another launch.
        """
        roots = ",".join(str(step.index) for step in definition.steps if not step.dependencies)
        arguments = (input_json, json.dumps(labels) if labels else "", note, key_hash, launch_hash)
        labelled = [f"{key}={value}" for key, value in labels.items()]
        nonce = secrets.token_hex(8)
        while True:
            suffix = "".join(secrets.choice(BASE32) for _ in range(6))
            outcome, execution_id, raws = self._call(
                "create_execution", definition.workflow_id, definition.version, suffix, nonce, *arguments,
                len(definition.steps), roots, f"{PRIORITIES[definition.priority]:g}", launched_from, trace, *labelled,
            )  # fmt: skip
            if outcome == b"conflict":
                raise IdempotencyConflict(key=key_hash)
            if outcome != b"taken":
                return Created(execution_id.decode(), outcome == b"replayed", read_orders(raws))

    def claim_step(
        self, execution_id: str, unit: str, attempt: int, claim: str, worker_id: str
    ) -> Claim | str:
        """Claims an attempt for a worker, or the next of its queue if it was claimed already or is not to be run.

        Returns the reason if the claim is refused.
        """
        request = self._request(ClaimRequest(claim, worker_id))
        answer, claimed = self._call("claim_step", execution_id, unit, attempt, request)
        return str(claimed.decode()) if answer == b"refused" else cast(Claim, _claim(claimed))

    def complete_step(
        self,
        claim: Claim,
        result: bytes,
        rejected: Mapping[int, str] | None = None,
        following: ClaimRequest | None = None,
    ) -> Ended:
        """Records a success: `success` or `stale`.

        `rejected` are the steps that a branch did not choose, by index, with the reason; `following` asks for the next
        claim of the same queue.
        """
        reasons = [part for index, reason in (rejected or {}).items() for part in (index, reason)]
        reply = self._call(
            "complete_step",
            claim.execution_id,
            claim.unit,
            claim.attempt,
            claim.claim,
            result,
            self._request(following),
            *reasons,
        )
        return _ended(reply)

    def _request(self, request: ClaimRequest | None) -> str:
        if request is None:
            return ""
        lease, grace = milliseconds(self._settings.lease), milliseconds(self._settings.deadline_grace)
        return f"{request.claim}|{request.worker_id}|{lease}|{grace}|{request.limits}"

    def decide_step(self, order: DecideOrder, verdict: str, *details: str | bytes) -> tuple[Order, ...]:
        """Decides a step before it starts.

        `verdict` is `start`, `skip` with the reason, `fail` with kind and error (JSON), or `map` with the items (JSON).
        Returns the orders for units that became ready; none if another process decided first.
        """
        _, raws = self._call("decide_step", order.execution_id, order.unit, order.attempt, verdict, *details)
        return read_orders(raws)

    def fail_step(
        self,
        execution_id: str,
        unit: str,
        attempt: int,
        claim: str,
        *,
        kind: str,
        retry_in: float | None,
        uses_attempt: bool,
        error: bytes,
        traceback: str,
        stopped: bool,
        arguments: bytes = b"",
        following: ClaimRequest | None = None,
    ) -> Ended:
        """Ends an attempt without success. `retry_in` is seconds until the next attempt, None for no further one; `arguments`
        (JSON), if any, are what its task is called with then; `following` asks for the next claim of the same queue.

        The outcome is `retrying`, `failure`, `cancelled`, `skipped` or `stale`.
        """
        delay = -1 if retry_in is None else milliseconds(retry_in)
        reply = self._call(
            "fail_step",
            execution_id,
            unit,
            attempt,
            claim,
            kind,
            delay,
            int(uses_attempt),
            error,
            traceback,
            int(stopped),
            arguments,
            self._request(following),
        )
        return _ended(reply)

    def continue_execution(self, execution_id: str) -> tuple[Order, ...]:
        """Does the next part of what an execution has to do still. Returns orders, the next such one among them."""
        return read_orders(self._call("continue_execution", execution_id))

    def cancel_execution(self, execution_id: str) -> tuple[tuple[StopOrder, ...], tuple[Order, ...]]:
        """Requests a cancellation. Returns the tasks to stop, and the orders for units that fit into the freed windows."""
        outcome, status, stops, raws = self._call(
            "cancel_execution", execution_id, milliseconds(self._settings.cancel_kill), secrets.token_hex(8)
        )
        if outcome == b"unknown":
            raise ExecutionNotFound(execution_id=execution_id)
        if outcome == b"ended":
            raise ExecutionEnded(execution_id=execution_id, status=status.decode())
        return read_stops(stops), read_orders(raws)

    def resume_execution(
        self, execution_id: str, round: int, again: Mapping[int, bool], by_hand: tuple[int, str, str] | None
    ) -> tuple[bool, tuple[Order, ...]]:
        """Starts the next round of an ended execution: resets steps (see `celeriac.engine.workflows.progress.execution_retry`).

        `by_hand` marks a step instead: its index, `Letter.SUCCESS` or `Letter.SKIPPED`, and the reason. Returns False if
        the execution is active or another call came first, and the orders for units that became ready.
        """
        marked = by_hand or ("", "", "")
        resets = [f"{index}{'+' if again[index] else ''}" for index in sorted(again) if index != marked[0]]
        nonce = secrets.token_hex(4)
        while True:
            outcome, raws = self._call(
                "resume_execution", execution_id, round, nonce, ",".join(resets), *marked
            )
            if outcome == b"unknown":
                raise ExecutionNotFound(execution_id=execution_id)
            if outcome != b"archived":
                return outcome == b"resumed", read_orders(raws)
            self.unarchive_execution(execution_id, raws[0])

    def unarchive_execution(self, execution_id: str, dense: bytes) -> bool:
        """Takes an archived execution back to the form in which it can change.

        `dense` is its dense form; returns False if that is another one by now. Only the form changes: a process that dies
        after this leaves an ended execution, which is archived again later.
        """
        answer: bytes = self._call("unarchive_execution", execution_id, dense, *unpack(dense).words)
        return answer == b"unarchived"

    def mark_step(
        self, execution_id: str, unit: str, letter: str, reason: str
    ) -> tuple[bool, tuple[StopOrder, ...], tuple[Order, ...]]:
        """Marks a unit of an active execution: `s` success or `k` skipped. A running one can only be skipped.

        Returns False if that is impossible, the task to stop if the unit is running, and the orders for units that became ready.
        """
        arguments = (unit, letter, reason, secrets.token_hex(4), milliseconds(self._settings.cancel_kill))
        outcome, stops, raws = self._call("mark_step", execution_id, *arguments)
        return outcome == b"marked", read_stops(stops), read_orders(raws)

    def mark_sent(self, messages: Sequence[PublishOrder]) -> None:
        """Confirms that these messages have reached the broker."""
        self._call(
            "mark_sent", milliseconds(self._settings.unclaimed), *(message.raw for message in messages)
        )

    def resend_step(self, execution_id: str, unit: str, attempt: int) -> None:
        """Publishes an attempt again at once: the process that had its message died before the claim."""
        self._call("resend_step", execution_id, unit, attempt)

    def return_step(
        self, execution_id: str, unit: str, attempt: int, worker_id: str, *, announced: bool
    ) -> tuple[str, tuple[Order, ...]]:
        """Gives an attempt back that reached a worker without its task; `announced`: a live worker has it.

        Returns `returned` with its order, `stale` if it is not to be run, `missing` if no worker has had the task for too long.
        """
        wait = milliseconds(self._settings.unknown_task_grace)
        outcome, raws = self._call(
            "return_step", execution_id, unit, attempt, worker_id, int(announced), wait
        )
        return outcome.decode(), read_orders(raws)

    def tick(self, limit: int = 200) -> Tick:
        """Returns what is due by the store's clock: attempts to publish again, to stop or to end."""
        s = self._settings
        orders, stops, ends = self._call(
            "tick",
            milliseconds(s.tick * 0.9),
            milliseconds(s.lease),
            milliseconds(s.cancel_kill),
            milliseconds(s.cancel_grace),
            limit,
        )
        return Tick(
            read_orders(orders),
            read_stops(stops),
            read_ends(ends),
        )

    def heartbeat(
        self,
        worker_id: str,
        info: bytes,
        message_ids: Iterable[str],
        slots: int = 0,
        continues: Iterable[str] = (),
    ) -> tuple[EndOrder, ...]:
        """Renews a worker's lease; `slots` is its number of slots, `continues` are the tasks that it may be given without a
        message of their own.

        Returns the attempts that it claimed but no longer runs.
        """
        (ends,) = self._call(
            "heartbeat",
            worker_id,
            milliseconds(self._settings.lease),
            info,
            secrets.token_hex(4),
            slots,
            ",".join(["", *continues, ""]),
            *message_ids,
        )
        return read_ends(ends)

    def retire_worker(self, worker_id: str) -> tuple[EndOrder, ...]:
        """Removes a worker. Returns its remaining claims; end them, then call again."""
        (ends,) = self._call("retire_worker", worker_id)
        return read_ends(ends)

    def delete_executions(self, execution_ids: Sequence[str], *, before: int | None = None) -> list[str]:
        """Deletes ended, unpinned executions. Returns `deleted`, `unknown`, `active`, `pinned` or `recent` for each."""
        answers = self._call("delete_executions", "" if before is None else before, *execution_ids)
        return [answer.decode() for answer in answers]

    def pin_execution(self, execution_id: str, pinned: bool) -> None:
        """Pins or unpins."""
        if self._call("pin_execution", execution_id, int(pinned)) == b"unknown":
            raise ExecutionNotFound(execution_id=execution_id)
