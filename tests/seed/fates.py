"""What the seeded workflows are, and what happens to each of their executions. Everything is drawn from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.json.strict_json import dumps
from tests.support.workflows import chain, fan, layered, step

#: Every seeded workflow begins with this: no other may be in a namespace that is seeded.
PREFIX = "seed-"
STEPS = 6

#: Workflow → its share of the executions, and its steps.
WORKFLOWS: dict[str, tuple[float, list[WorkflowStep]]] = {
    "seed-orders": (0.40, chain(STEPS)),
    "seed-reports": (0.20, fan(STEPS - 2)),
    "seed-imports": (0.15, layered(2, 2)),
    "seed-invoices": (0.10, [*chain(4), step("mail", after="s2"), step("archive", after=["s4", "mail"])]),
    "seed-photos": (0.08, fan(STEPS - 2)),
    "seed-backups": (0.04, chain(STEPS)),
    "seed-audits": (0.02, layered(1, 4)),
    "seed-exports": (0.01, chain(STEPS)),
}
SHARES = [share for share, _ in WORKFLOWS.values()]
assert all(len(steps) == STEPS for _, steps in WORKFLOWS.values())

WORKERS = tuple(f"celery@worker-{n}.example.org#a1b2c{n}" for n in range(1, 5))
CITIES = ("Osaka", "Lagos", "Lima", "Tromsø", "京都", "Łódź", "Quito", "Perth")
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/tasks/{module}.py", line {line}, in {task}\n'
    "    rows = [convert(row) for row in reader]\n"
    '  File "/srv/app/tasks/conversion.py", line 88, in convert\n'
    "    return Decimal(row[column])\n"
    "{type}: {message}\n"
)
#: (kind, type, message); those of kind `error` have a traceback.
FAILURES = (
    ("error", "ValueError", "amount '1,204.{n}' is not a number"),
    ("error", "KeyError", "'customer_{n}'"),
    ("error", "ConnectionError", "warehouse.example.org:5432 refused the connection after {n} ms"),
    ("error", "PermissionError", "[Errno 13] Permission denied: '/exports/{n}.csv'"),
    ("timeout", "TimeLimitExceeded", "The step ran longer than its time limit and was stopped."),
    ("lost", "WorkerLost", "The worker or its process was lost while the step was running."),
    ("bad_result", "BadResult", "The result cannot be written as JSON: set"),
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to happen to one execution. Units are steps by their index; -1 where it does not happen."""

    workflow_id: str
    number: int
    labels: dict[str, str]
    note: str
    fails_at: int
    failure: tuple[str, str, str]
    again_at: int  # the step that fails once and succeeds with its next attempt
    cancelled_at: int  # the step that runs when the cancellation is requested
    is_resumed: bool  # after its failure; then it succeeds
    speaks_at: int  # the step that writes log lines and progress
    is_pinned: bool

    @property
    def input(self) -> bytes:
        return dumps(
            {
                "source": f"{self.workflow_id[len(PREFIX) :]}-{self.number:06}.csv",
                "rows": self.number * 37 % 50_000,
                "notify": ["ops@example.org"],
            }
        )

    def result_of(self, unit: str) -> bytes:
        """The result of a step, JSON."""
        seen = self.number * 31 % 9_000 + int(unit)
        return dumps(
            {
                "rows_in": seen,
                "rows_out": seen - 13,
                "file": f"{self.number:06x}-{unit}.csv",
                "city": CITIES[seen % 8],
            }
        )

    def error(self) -> tuple[bytes, str]:
        """The failure of the step that fails: JSON, and a traceback or ''."""
        kind, name, message = self.failure
        message = message.format(n=self.number % 1_000)
        text = TRACEBACK.format(
            module=self.workflow_id[5:],
            line=self.number % 300 + 1,
            task="transform",
            type=name,
            message=message,
        )
        return dumps({"kind": kind, "type": name, "message": message}), text if kind == "error" else ""


def draw(choose: random.Random, number: int) -> Fate:
    """The fate of the execution with this number."""
    chance, failing = choose.random(), choose.random() < 0.10
    labels = {}
    if choose.random() < 0.3:
        labels["customer"] = choose.choice(("acme", "globex", "initech", "umbrella"))
    if choose.random() < 0.2:
        labels["priority"] = choose.choice(("high", "low"))
    return Fate(
        workflow_id=choose.choices(list(WORKFLOWS), SHARES)[0],
        number=number,
        labels=labels,
        note="Repeated on request of the customer" if chance < 0.05 else "",
        fails_at=choose.randrange(STEPS) if failing else -1,
        failure=choose.choice(FAILURES),
        again_at=choose.randrange(STEPS) if choose.random() < 0.05 else -1,
        cancelled_at=choose.randrange(STEPS) if not failing and choose.random() < 0.04 else -1,
        is_resumed=failing and choose.random() < 0.2,
        speaks_at=choose.randrange(STEPS) if choose.random() < 0.03 else -1,
        is_pinned=choose.random() < 0.005,
    )
