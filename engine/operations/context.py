"""The collaborators of every operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import Order, StopOrder
from celeriac.engine.store.store import Store


@dataclass(frozen=True, slots=True)
class OperationContext:
    """`dispatch` and `stop` carry out the orders that a transition returns."""

    store: Store
    settings: Settings
    dispatch: Callable[[Sequence[Order]], None]
    stop: Callable[[Iterable[StopOrder]], None]
