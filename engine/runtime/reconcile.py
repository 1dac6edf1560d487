"""The reconciler: a thread that applies due timers by the store's clock. Any number may run."""

from __future__ import annotations

import logging
import threading

from celeriac.engine.errors import CeleriacError
from celeriac.engine.runtime.attempt.ending import Ending
from celeriac.engine.runtime.attempt.failures import ABNORMAL
from celeriac.engine.runtime.dispatch import Dispatcher
from celeriac.engine.runtime.stopping import Stopper
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import EndOrder
from celeriac.engine.store.store import Store

logger = logging.getLogger(__name__)


class Reconciler:
    """Publishes again, stops again, and ends timed-out and lost attempts, once per tick."""

    def __init__(
        self, store: Store, settings: Settings, dispatcher: Dispatcher, stopper: Stopper, ending: Ending
    ) -> None:
        self._store, self._settings = store, settings
        self._dispatcher, self._stopper, self._ending = dispatcher, stopper, ending
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="celeriac-reconciler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stops after the current tick."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def once(self) -> None:
        """One tick. Raises `StoreUnavailable`."""
        tick = self._store.transitions.tick()
        self._dispatcher.dispatch(tick.orders)
        self._stopper.stop(tick.stops)
        for end in tick.ends:
            self.end(end)
        self._store.archive.work()

    def end(self, end: EndOrder) -> None:
        """Ends an attempt that no other process ends."""
        failure = ABNORMAL[end.kind]
        ended = self._ending.end(
            end.execution_id, end.unit, end.attempt, end.claim, failure, stopped=end.kind != "unconfirmed"
        )
        logger.info(
            "%s unit %s attempt %d: %s, now %s",
            end.execution_id,
            end.unit,
            end.attempt,
            end.kind,
            ended.outcome,
        )

    def _loop(self) -> None:
        healthy = True
        while not self._stopped.wait(self._settings.tick):
            try:
                self.once()
                healthy = True
            except CeleriacError as error:
                if healthy:
                    logger.warning("the reconciler waits: %s", error)
                healthy = False
            except Exception:
                logger.exception("a tick failed; the next one tries again")
