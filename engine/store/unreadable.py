"""Messages that workers took off the broker's queues because they cannot be read: the newest ones, and their number."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys

KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableMessage:
    """One message. `text` is its beginning."""

    queue: str
    reason: str
    text: str
    worker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableFacts:
    """How many messages were set aside since the list was last deleted, and the newest of them."""

    key: str
    number: int = 0
    newest: UnreadableMessage | None = None


class UnreadableMessages:
    """A capped stream: it numbers and dates its entries by the store's clock. Deleting it starts again at 0."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._key = client, keys.unreadable()

    def add(self, message: UnreadableMessage) -> None:
        self._client.xadd(self._key, asdict(message), maxlen=KEPT, approximate=False)

    def facts(self) -> UnreadableFacts:
        found = self._client.xrevrange(self._key, count=1)
        if not found:
            return UnreadableFacts(key=self._key)
        fields = {name.decode(): value.decode(errors="replace") for name, value in found[0][1].items()}
        number = int(self._client.xinfo_stream(self._key)["entries-added"])
        return UnreadableFacts(key=self._key, number=number, newest=UnreadableMessage(**fields))
