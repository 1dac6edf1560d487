"""The store of one namespace: its connection and all its readers and transitions."""

from __future__ import annotations

from celeriac.engine.errors import StoreIncompatible
from celeriac.engine.settings import Settings
from celeriac.engine.store.archive import Archive
from celeriac.engine.store.cleanup import Cleanup
from celeriac.engine.store.connection import connect
from celeriac.engine.store.definitions import Definitions
from celeriac.engine.store.keys import SCHEMA, Keys
from celeriac.engine.store.output import Output
from celeriac.engine.store.read.changes import Changes
from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.failures import Failures
from celeriac.engine.store.read.history import History
from celeriac.engine.store.read.items import Items
from celeriac.engine.store.read.news import News
from celeriac.engine.store.read.parts import PartsReader
from celeriac.engine.store.read.queues import Queues
from celeriac.engine.store.read.steps import Steps
from celeriac.engine.store.read.values import Values
from celeriac.engine.store.read.workers import Workers
from celeriac.engine.store.scripts import Scripts
from celeriac.engine.store.task_facts import AnnouncedTasks
from celeriac.engine.store.traces import Traces
from celeriac.engine.store.transitions import Transitions, milliseconds
from celeriac.engine.store.unreadable import UnreadableMessages


class Store:
    """Connects on first use, so it can be created before a fork and used after it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys = Keys(settings.namespace)
        self.client = connect(settings.redis_url)
        self.scripts = Scripts(
            self.client,
            self.keys.root,
            window=settings.window,
            publish_lease=milliseconds(settings.publish_lease),
        )
        self.transitions = Transitions(self.scripts, settings)
        self.definitions = Definitions(self.client, self.keys, self.scripts)
        self.reader = ExecutionReader(self.client, self.keys, self.definitions)
        self.changes = Changes(self.reader)
        self.news = News(self.client, self.keys, self.definitions, PartsReader(self.client, self.keys))
        self.output = Output(self.client, self.keys, self.scripts)
        self.traces = Traces(self.client, self.keys)
        self.tasks = AnnouncedTasks(self.client, self.keys)
        self.unreadable = UnreadableMessages(self.client, self.keys)
        self.queues = Queues(self.client, self.keys, self.reader)
        self.values = Values(self.reader)
        self.steps = Steps(self.reader, self.output, self.queues, self.values)
        self.items = Items(self.reader)
        self.failures = Failures(self.reader)
        self.history = History(self.client, self.keys)
        self.cleanup = Cleanup(self.client, self.keys, self.transitions)
        self.archive = Archive(self.client, self.keys, self.scripts, after=settings.archive_after)
        self.workers = Workers(self.client, self.keys)

    def check_schema(self) -> None:
        """Marks a new store with our schema; raises `StoreIncompatible` for another schema."""
        self.client.hsetnx(self.keys.meta(), "schema", SCHEMA)
        found = int(self.client.hget(self.keys.meta(), "schema") or 0)
        if found != SCHEMA:
            remedy = "Use the version of Celeriac that wrote it, or another CELERIAC_NAMESPACE."
            raise StoreIncompatible(found=found, expected=SCHEMA, remedy=remedy)
        if queues := self.definitions.queues():
            self.client.unlink(*map(self.keys.window, queues))  # of earlier releases

    def now(self) -> int:
        """The store's clock, ms since the epoch."""
        seconds, microseconds = self.client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def close(self) -> None:
        self.client.close()
