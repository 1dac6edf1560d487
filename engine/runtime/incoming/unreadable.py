"""Sets unreadable messages aside: one line in the log, one entry in the store, and the worker goes on."""

from __future__ import annotations

import logging
import queue
import threading

from celery.utils.saferepr import saferepr

from celeriac.engine.runtime.persisting import persist
from celeriac.engine.store.store import Store
from celeriac.engine.store.unreadable import UnreadableMessage

#: Bytes of a message that are kept, and of those the ones in the log.
KEPT, LOGGED = 1_000, 120
LONGEST_REASON = 300
#: Messages that wait for the store. Further ones are only in the log.
WAITING = 1_000
STOPPING = 5.0  # seconds

logger = logging.getLogger(__name__)


class SetAside:
    """Takes messages in the worker's event loop, which never waits for the store: a thread writes them."""

    def __init__(self, store: Store, lease: float) -> None:
        self._store, self._lease = store, lease
        self.worker_id = ""
        self._waiting: queue.Queue[UnreadableMessage | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._write, name="celeriac-unreadable-messages", daemon=True)

    def __call__(self, where: str, text: str | bytes, reason: str) -> None:
        """Sets one message aside, with the place it came from."""
        message = UnreadableMessage(
            queue=printable(where[:KEPT]),
            reason=printable(reason[:LONGEST_REASON]),
            text=beginning(text),
            worker=self.worker_id,
        )
        logger.warning(
            "a message from %s cannot be read and is set aside: %s. It begins with %s",
            message.queue,
            message.reason,
            message.text[:LOGGED],
        )
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            logger.warning("the store is slow or away: the message above is not counted")

    def start(self) -> None:
        """Starts the thread that writes to the store."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after what waits is written."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join(STOPPING)

    def _write(self) -> None:
        while (message := self._waiting.get()) is not None:
            try:
                persist(lambda: self._store.unreadable.add(message), self._lease)
            except Exception:
                logger.exception("an unreadable message from %s is not counted", message.queue)


def printable(text: str) -> str:
    """The text in one line, with escapes in place of control characters."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def beginning(text: str | bytes) -> str:
    """The first bytes of a message, in one line."""
    raw = text[:KEPT].encode(errors="backslashreplace") if isinstance(text, str) else bytes(text[:KEPT])
    return printable(raw[:KEPT].decode(errors="backslashreplace"))


def summary_of(message: object) -> str:
    """The headers of a message as Celery received it, and its body."""
    body = getattr(message, "body", b"")
    start = beginning(body if isinstance(body, str | bytes) else saferepr(body, maxlen=KEPT))
    return f"{saferepr(getattr(message, 'headers', None), maxlen=KEPT // 2)} {start}"
