"""What becomes of the steps of one execution, in plain Python: the small model that the engine's decisions are held against.

It knows a step by its letter (`u`: pending, to be decided) and looks at everything again after each change: no counters, no
order of work.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition

ENDED = "sfakbc"
LATE = ("any_failure", "all_done", "always")
CLEAN_UP = ("always",)


@dataclass
class Flow:
    """`verdicts`: what each step's `only_if` will say, None when it cannot be decided; `given`: the lists in the input, by step.

    `lists`: how long the list in the result of each step is, while it has one.
    """

    definition: WorkflowDefinition
    verdicts: dict[int, bool | None]
    given: dict[int, int]
    letters: list[str] = field(default_factory=list)
    items: dict[int, list[str]] = field(default_factory=dict)
    lists: dict[int, int] = field(default_factory=dict)
    stopped: bool = False
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.letters = ["p"] * len(self.definition.steps)
        self.settle()

    @property
    def vector(self) -> str:
        return "".join(self.letters).replace("u", "p")

    # -- what happens

    def decide(self, index: int) -> None:
        """Somebody looks at what a step needs to know before it starts."""
        step = self.definition.steps[index]
        if self.letters[index] != "u":
            return
        if self.verdicts.get(index, True) is False:
            self.letters[index] = "k"
        elif self.verdicts.get(index, True) is None or (step.map_over and self.size(step) is None):
            self.fail(index, None)
        else:
            self.letters[index] = "q"
            if step.map_over is not None:
                kept, size = self.items.get(index, []), self.size(step) or 0
                same = len(kept) == size
                self.items[index] = ["s" if same and kept[item] == "s" else "p" for item in range(size)]
        self.settle()

    def start(self, index: int, item: int | None) -> None:
        if item is not None:
            self.items[index][item] = "r"
        self.letters[index] = "r"

    def size(self, step: StepDefinition) -> int | None:
        source = str(step.map_over).partition(".")[0]
        if source == "input":
            return self.given[step.index]
        return self.lists.get(self.definition.index_of(source))

    def succeed(self, index: int, item: int | None, rejected: set[int], size: int) -> None:
        self._end(index, item, "s")
        if item is None:
            self.lists[index] = size
        for target in rejected:
            if self.letters[target] == "p":
                self.letters[target] = "k"
        self.settle()

    def fail(self, index: int, item: int | None) -> None:
        step = self.definition.steps[index]
        if self.ends_cancelled(step):
            self._end(index, item, "c")
        else:
            self._end(index, item, "f" if item is not None or not step.allow_failure else "a")
            if not step.allow_failure and self.definition.on_failure == "stop":
                self._stop()
        self.settle()

    def cancel(self) -> None:
        self.cancelled = True
        self._end_waiting("c", CLEAN_UP)
        self.settle()

    def again(self, indexes: dict[int, bool], by_hand: dict[int, str]) -> None:
        """Takes the ended execution up again."""
        self.stopped = self.cancelled = False
        for index in (*indexes, *by_hand):
            self.lists.pop(index, None)
        for index, keeps in indexes.items():
            self.letters[index] = "p"
            if index in self.items:
                self.items[index] = ["s" if keeps and letter == "s" else "p" for letter in self.items[index]]
        for index, letter in by_hand.items():
            self.letters[index] = letter
        self.settle()

    # -- what follows

    def settle(self) -> None:
        """Until nothing changes any more: items that have all ended, then steps that have nothing left to wait for."""
        before = None
        while before != (before := (list(self.letters), {k: list(v) for k, v in self.items.items()})):
            for index, items in self.items.items():
                if self.letters[index] in "qr":
                    self._settle_items(self.definition.steps[index], items)
            for step in self.definition.steps:
                waits = [self.letters[i] for i in step.dependencies]
                if self.letters[step.index] == "p" and all(letter in ENDED for letter in waits):
                    self._settle_step(step, waits)

    def _settle_step(self, step: StepDefinition, waits: list[str]) -> None:
        if self.stopped and step.trigger not in LATE:
            self.letters[step.index] = "b"
        elif (branch := self._branch_of(step)) is not None and self.letters[branch] != "s":
            self.letters[step.index] = "k" if self.letters[branch] in "ka" else "b"
        elif waits and not runs(step.trigger, waits):
            self.letters[step.index] = "b" if set(waits) & set("fbc") else "k"
        else:
            self.letters[step.index] = "u" if step.is_decided else "q"

    def _branch_of(self, step: StepDefinition) -> int | None:
        chooses = (
            each.index for each in self.definition.steps if step.name in {way.task for way in each.branch}
        )
        return next(chooses, None)

    def _settle_items(self, step: StepDefinition, items: list[str]) -> None:
        under_way = sum(letter in "qrt" for letter in items)
        for number, letter in enumerate(items):
            if letter == "p" and under_way < (step.max_parallel or len(items)):
                items[number] = "q"
                under_way += 1
        if all(letter in ENDED for letter in items):
            failed, blocked = "f" in items, "b" in items
            if self.ends_cancelled(step) and set(items) & set("fbc"):
                self.letters[step.index] = "c"
                return
            self.letters[step.index] = "s" if not failed and not blocked else "b"
            if failed:
                self.letters[step.index] = "a" if step.allow_failure else "f"

    def _end(self, index: int, item: int | None, letter: str) -> None:
        if item is None:
            self.letters[index] = letter
        else:
            self.items[index][item] = letter

    def _stop(self) -> None:
        if not self.stopped and not self.cancelled:
            self.stopped = True
            self._end_waiting("b", LATE)

    def _end_waiting(self, end: str, spared: tuple[str, ...]) -> None:
        """Ends what has not started, except steps with these triggers."""
        for step in self.definition.steps:
            if step.trigger in spared:
                continue
            if step.index in self.items and self.letters[step.index] in "qr":
                items = self.items[step.index]
                items[:] = [end if letter in "pq" else letter for letter in items]
            elif self.letters[step.index] in "puq":
                self.letters[step.index] = end

    def ends_cancelled(self, step: StepDefinition) -> bool:
        return self.cancelled and step.trigger not in CLEAN_UP


def runs(trigger: str, waits: list[str]) -> bool:
    """Whether a step with this trigger starts after such ends."""
    match trigger:
        case "none_failed":
            return not set(waits) & set("fbc") and bool(set(waits) & set("sa"))
        case "all_success":
            return set(waits) == {"s"}
        case "any_success":
            return "s" in waits
        case "any_failure":
            return bool(set(waits) & set("fabc"))
    return True
