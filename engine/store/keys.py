"""The key map: every key of the store, its shape and meaning. Python makes keys only in this module.

The scripts make them in lua/lib/keys.lua; keys used only by scripts have no method here.

All keys share one hash tag, the namespace in braces (`{celeriac}`, written NS below), so that one script may access
all of them, also on a cluster. Only keys with a lifetime in the table expire: clean-up and delete remove executions.

| key | type | holds | written by | read by |
|---|---|---|---|---|
| `NS:meta` | hash | `schema` (1), `last_tick` (ms), `slots` of all workers, `busy` their claims | `open_store`, tick, heartbeat, retire, claims, ends | `open_store`, tick, the scripts |
| `NS:workflows` | hash | workflow id -> `source version digest`: `code`, `api` or `deleted`, its current version, and the digest of its text | `publish_definition`, `withdraw_definition` | lists, launch |
| `NS:summaries` | hash | workflow id -> its entry in `NS:workflows`, a space, and the summary of that version for lists, JSON; a missing one, or one of another entry, is made from the definition | `publish_definition`, `withdraw_definition`, lists | lists |
| `NS:versions:<workflow>` | hash | version -> `ms source`: when it last became current, and its source | `publish_definition` | versions |
| `NS:definition:<workflow>:<version>` | string | the definition as JSON; only description and example can change | `publish_definition` | every process, cached |
| `NS:plan:<workflow>:<version>` | hash | step index -> `queue\\|timeout ms\\|dependencies\\|dependents\\|rule` (`plans.plan_row`); `task:<index>` the name of its task, `limits:<index>` soft/hard in ms where the task has its own; `on_failure` if not stop; `late`, `decided` and `always`, indexes of these steps | `publish_definition` | the scripts |
| `NS:x:<execution>` | hash | the execution, fields below | the scripts | everyone |
| `NS:x:<execution>:s` | hash | unit -> packed state, below | the scripts | everyone |
| `NS:x:<execution>:log` | list | its events; the n-th entry is the event with `seq` n, without gaps | the scripts | everyone |
| `NS:x:<execution>:data` | hash | `input`, `trace` headers of the launch, `i<unit>` items, `g<unit>` arguments that a task asked for, `x<unit>` how often it was interrupted in this round, `r<unit>` results, `w<unit>` the text of its reason, `e<unit>#<attempt>` errors, `t<unit>#<attempt>` tracebacks, `p<unit>` latest progress, `n<unit>` number of log lines | the scripts | claims, pages |
| `NS:x:<execution>:out` | stream, capped | output of steps: log lines and progress (`celeriac.engine.workflows.progress.output`), in the field `e` | `write_output` | step pages, events |
| `NS:x:<execution>:out:places` | zset, all scores 0 | `unit\\|ms-seq` of each entry of its output, the sequence with ten digits: the oldest entries of a unit; entries of earlier releases have none | `write_output` | `write_output` |
| `NS:x:<execution>:out:kept` | zset | unit -> number of its entries; exists once the output was full | `write_output` | `write_output` |
| `NS:x:<execution>:archive` | string | what `:s`, `:log` and `:data` held, except progress and numbers of log lines, in its dense form (`celeriac.engine.store.packing`); these keys are gone then | `archive_executions` | the readers, `unarchive_execution` |
| `NS:archivable` | zset | execution -> end ms; ended, and not looked at by the archive since | ends, `unarchive_execution` | archive |
| `NS:due` | zset | `execution\\|unit\\|attempt` -> ms; the one timer of a published, running or retrying unit, and of a pending one that needs a decision | the scripts | tick |
| `NS:ready:<queue>` | zset | `execution\\|unit\\|attempt` -> position; queued units without a message | the scripts | the scripts |
| `NS:reached` | hash | queue -> position of the last unit that was published or claimed | the scripts | the scripts |
| `NS:published:<queue>` | zset | `execution\\|unit\\|attempt` -> position; published and not yet claimed | the scripts | the scripts |
| `NS:messages:<queue>` | zset | `execution\\|unit\\|attempt` -> ms of its publication; its message has not arrived yet, even if another slot has claimed it | the scripts | the scripts |
| `NS:window:<queue>` | set | what `published` is now, written by earlier releases | nothing | removed at a start |
| `NS:tasks` | hash | name of a task -> what the latest worker with it announced, JSON, see `celeriac.engine.runtime.attempt.task_facts` | workers | definitions, pages |
| `NS:unreadable` | stream, the newest 100 | messages that workers took off the broker's queues because they cannot be read: `queue`, `reason`, `text` (the first 1,000 bytes), `worker`; its number of entries ever added is their number | workers | `celeriac doctor` |
| `NS:queues` | set | names of all queues ever used by a published definition | `publish_definition` | tick |
| `NS:leases` | zset | worker id -> ms at which its lease expires | claim, heartbeat, tick | tick |
| `NS:worker:<worker>` | hash | description of a worker: `info` (JSON); `beat` nonce of its last heartbeat call, `slots`, `continues` names of the tasks that it may be given without a message, `,name,name,` | heartbeat | lists, heartbeat, the scripts |
| `NS:worker:<worker>:claims` | hash | `execution\\|unit\\|attempt` -> `message id\\|number of beats without it` | claim, heartbeat, ends | tick, heartbeat |
| `NS:index:all`, `:status:<status>`, `:workflow:<workflow>`, `:both:<workflow>:<status>`, `:label:<key>=<value>` | zset | execution -> launch ms | create, status changes, delete | history |
| `NS:ended:<workflow>:<status>` | zset | execution -> end ms; ended and not pinned, so exactly those that clean-up may remove | ends, pin, delete | cleanup |
| `NS:pinned` | set | executions that clean-up must keep | pin | cleanup |
| `NS:idempotency:<hash>` | string, 24 h | `execution\\|hash of the launch` | create | create |
| `NS:launch:<nonce>` | string, 2 min | the execution created by this call, so that a repeated call creates no second one | create | create |
| `NS:events:<execution>` | channel | `seq event` of the newest event, as in the log, once per script call; `output` for output of a step; `gone` | the scripts | live pages |
| `NS:summary` | channel | id of an execution whose row changed, once per script call | the scripts | live lists |

A *unit* is a step, by its index in the definition's order (`3`), or an item of a mapped step (`3[17]`).

Fields of `NS:x:<execution>`: `wf` `ver` workflow and version · `st` status · `at` launch (ms) · `run` first start (ms) · `end` (ms) · `cancel` requested at (ms) ·
`v` state vector, one letter per step (`celeriac.engine.workflows.progress.states.Letter`) · `v<index>` the same for the items of a mapped step · `open` units not ended · `bad` units failed · `stop` unit whose failure stopped the rest ·
`err` `unit#attempt` of the first failure · `rnd` round · `wt` weight in a queue, if not 1 · `pin` 1 if pinned · `lab` labels as JSON · `note` · `call` nonce of the latest cancel, resume or mark, to recognise a repeated call · `skip:<unit>` when (ms) and why a person stopped a running unit · `from` execution it was launched from · `again` the newest execution launched from it · `ready:<queue>` its units that wait in that queue · `idem` hash of its idempotency key · `seq` number of its events, only while it is archived.

Packed state of a unit, separated by `|`, times in ms since launch: `open` `ok` `skipped` `failed` (its dependencies by outcome) · `attempt` (0 before the first) ·
`base` (attempts that do not count against the budget) · `lost` · `dispatches` (publishes repeated) · `queued` `started` `ended` · `claim` (`message id.nonce`, the fence) · `worker` · `why`, a code (`celeriac.engine.workflows.progress.events.Reason`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SCHEMA = 1


class Field(StrEnum):
    """Prefixes of the fields that exist per unit, attempt or queue; lua/lib/keys.lua has the same."""

    # of an execution's data
    ITEM = "i"
    ARGUMENTS = "g"
    INTERRUPTED = "x"
    RESULT = "r"
    REASON = "w"
    ERROR = "e"
    TRACEBACK = "t"
    PROGRESS = "p"
    LINES = "n"
    # of an execution
    ITEMS = "v"
    READY = "ready:"
    SKIP = "skip:"
    # of a plan
    TASK = "task:"
    LIMITS = "limits:"
    # of an entry of its output
    ENTRY = "e"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one namespace."""

    namespace: str

    @property
    def root(self) -> str:
        """The prefix of every key; the scripts' KEYS[1]."""
        return "{" + self.namespace + "}"

    def meta(self) -> str:
        return f"{self.root}:meta"

    def workflows(self) -> str:
        return f"{self.root}:workflows"

    def summaries(self) -> str:
        return f"{self.root}:summaries"

    def versions(self, workflow_id: str) -> str:
        return f"{self.root}:versions:{workflow_id}"

    def definition(self, workflow_id: str, version: str) -> str:
        return f"{self.root}:definition:{workflow_id}:{version}"

    def plan(self, workflow_id: str, version: str) -> str:
        return f"{self.root}:plan:{workflow_id}:{version}"

    def tasks(self) -> str:
        return f"{self.root}:tasks"

    def unreadable(self) -> str:
        return f"{self.root}:unreadable"

    def queues(self) -> str:
        return f"{self.root}:queues"

    def execution(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}"

    def states(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}:s"

    def log(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}:log"

    def data(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}:data"

    def output(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}:out"

    def archive(self, execution_id: str) -> str:
        return f"{self.root}:x:{execution_id}:archive"

    def archivable(self) -> str:
        return f"{self.root}:archivable"

    def due(self) -> str:
        return f"{self.root}:due"

    def ready(self, queue: str) -> str:
        return f"{self.root}:ready:{queue}"

    def published(self, queue: str) -> str:
        return f"{self.root}:published:{queue}"

    def messages(self, queue: str) -> str:
        return f"{self.root}:messages:{queue}"

    def window(self, queue: str) -> str:
        return f"{self.root}:window:{queue}"

    def leases(self) -> str:
        return f"{self.root}:leases"

    def worker(self, worker_id: str) -> str:
        return f"{self.root}:worker:{worker_id}"

    def claims(self, worker_id: str) -> str:
        return f"{self.root}:worker:{worker_id}:claims"

    def index_all(self) -> str:
        return f"{self.root}:index:all"

    def index_status(self, status: str) -> str:
        return f"{self.root}:index:status:{status}"

    def index_workflow(self, workflow_id: str) -> str:
        return f"{self.root}:index:workflow:{workflow_id}"

    def index_both(self, workflow_id: str, status: str) -> str:
        return f"{self.root}:index:both:{workflow_id}:{status}"

    def index_label(self, key: str, value: str) -> str:
        return f"{self.root}:index:label:{key}={value}"

    def ended(self, workflow_id: str, status: str) -> str:
        return f"{self.root}:ended:{workflow_id}:{status}"

    def pinned(self) -> str:
        return f"{self.root}:pinned"

    def events(self, execution_id: str) -> str:
        return f"{self.root}:events:{execution_id}"

    def summary(self) -> str:
        return f"{self.root}:summary"
