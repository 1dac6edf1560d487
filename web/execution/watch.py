"""Watches one execution for all browsers that show it: wakes up, reads, sends the changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Protocol

from celeriac.engine.errors import ExecutionNotFound, StoreUnavailable
from celeriac.engine.executions import ExecutionLook
from celeriac.engine.workflows.progress.views import EventView, ExecutionView, FailureView
from celeriac.web.execution.board import Board, difference, is_news
from celeriac.web.execution.pace import Pace
from celeriac.web.execution.pieces import render_pieces, without_clocks
from celeriac.web.execution.queue_polling import QueueLooks, QueueReader, with_positions
from celeriac.web.streaming.client import StreamClient
from celeriac.web.streaming.feeds import Feed
from celeriac.web.streaming.messages import encode, encode_json, partial
from celeriac.web.streaming.responses import RETRY_SECONDS

logger = logging.getLogger(__name__)

PIECES_SECONDS = 1 / 4  # least time between two rounds of HTML
WHOLE_SECONDS = 10.0  # after which all of the execution is read instead of what has changed
EVENTS_KEPT = 200  # enough for the latest ones and for when retries are due


class Reader(QueueReader, Protocol):
    def look(self, execution_id: str, *, latest: int) -> ExecutionLook: ...
    def failure(self, execution_id: str) -> FailureView | None: ...
    def follow(
        self, known: ExecutionView, last: EventView
    ) -> tuple[ExecutionView, list[EventView]] | None: ...


def read_board(executions: Reader, execution_id: str, *, expanded: int = 0) -> Board:
    """The execution as it is now, with its latest events."""
    look = executions.look(execution_id, latest=EVENTS_KEPT)
    return Board(look.view, tuple(look.events), expanded, look.failure, read=look.read)


def follow_board(executions: Reader, known: Board) -> Board:
    """The same, made from an earlier board and what has changed since, where that is possible."""
    followed = executions.follow(known.view, known.events[-1]) if known.events else None
    if followed is None:
        return read_board(executions, known.view["execution_id"], expanded=known.expanded)
    view, fresh = followed
    failure = known.failure
    if view["error"] != known.view["error"]:
        failure = executions.failure(view["execution_id"])
    return Board(view, (*known.events, *fresh)[-EVENTS_KEPT:], known.expanded, failure, known.made)


class ExecutionWatch:
    """Watches one execution until it ends, is deleted or has no clients. Starts with `run`."""

    def __init__(self, executions: Reader, feed: Feed, execution_id: str) -> None:
        self.execution_id = execution_id
        self.clients: set[StreamClient] = set()
        self.first_read: asyncio.Future[Board] = asyncio.get_running_loop().create_future()
        self._executions, self._feed = executions, feed
        self._board: Board | None = None
        self._pieces: dict[str, str] = {}
        self._pieces_held_back = False  # their sources differ from what was sent
        self._pieces_due = 0.0
        self._whole_due = 0.0
        self._queues = QueueLooks()
        self._dirty = asyncio.Event()
        self._gap = False
        self._newest = 0

    def join(self, after: int) -> StreamClient:
        client = StreamClient(self._snapshot, after=after)
        self.clients.add(client)
        if self._board is not None:
            self._catch_up(client)
        return client

    async def run(self) -> None:
        with self._feed.watch(self.execution_id, self._woken):
            self._dirty.set()
            try:
                await self._follow()
            except ExecutionNotFound as error:
                self._finish("gone", error)
            except BaseException as error:
                if not self.first_read.done():
                    self.first_read.set_exception(
                        error if isinstance(error, Exception) else RuntimeError("stopped")
                    )
                    self.first_read.exception()  # there may be no clients any more
                self._close_all()  # the pages reconnect, and start a new watch
                raise

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(loop.time())
        while True:
            await self._wait(loop)
            began = loop.time()
            if self._dirty.is_set():
                self._dirty.clear()
                said, self._gap = self._gap, False
                if not await self._read(said):
                    continue
            elif self._queues.is_due(began):
                await self._look_at_queues()
            board = self._board
            assert board is not None
            if board.ended or loop.time() >= self._pieces_due:
                self._send_pieces(board)
                self._pieces_due = loop.time() + PIECES_SECONDS
            if board.ended:
                return self._finish("ended")
            await asyncio.sleep(pace.pause_after_batch(loop.time(), loop.time() - began))

    async def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Waits for a change, or until delayed pieces or a queue poll are due."""
        dues = [self._queues.due, self._pieces_due if self._pieces_held_back else None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min((due for due in dues if due is not None), default=None)):
                await self._dirty.wait()

    async def _read(self, said: bool) -> bool:
        """Reads the execution and sends the changes. False: it could not be read and must be read again.

        `said`: there may be output of a step. Lines of items do not appear on the board, so a patch without content
        notifies the pages.
        """
        try:
            board = await asyncio.to_thread(self._read_board)
        except StoreUnavailable as error:
            if not self.first_read.done():
                raise
            logger.warning("execution %s cannot be read for now: %s", self.execution_id, error)
            await asyncio.sleep(RETRY_SECONDS)
            self._dirty.set()
            return False
        if not self._gap and self._newest <= board.seq:
            self._dirty.clear()  # further wake-ups until here are included in what was read
        before = self._board
        self._board = board = self._queues.follow(before, board, asyncio.get_running_loop().time())
        if before is None:
            self._pieces = render_pieces(board)
            self.first_read.set_result(board)
            for client in self.clients:
                self._catch_up(client)
        elif board.seq < before.seq:
            self._pieces_held_back = True
            for client in self.clients:
                client.fall_behind()
        elif is_news(patch := difference(before, board)) or board.seq != before.seq or (said and board.maps):
            self._pieces_held_back = True
            self._send(encode_json(patch, event="patch"))
        return True

    def _read_board(self) -> Board:
        if self._board is not None and time.monotonic() < self._whole_due:
            board = follow_board(self._executions, self._board)
        else:
            self._whole_due = time.monotonic() + WHOLE_SECONDS
            board = read_board(self._executions, self.execution_id)
        # The first one as the new pages have it, so that their queue positions are not taken back.
        if self._board is None:
            board = with_positions(self._executions, board)
        return board

    async def _look_at_queues(self) -> None:
        """Sends new queue positions. A patch without content notifies the pages of steps that are not on the board."""
        before = self._board
        assert before is not None
        try:
            self._board = board = await asyncio.to_thread(with_positions, self._executions, before)
        except StoreUnavailable as error:
            logger.warning("the queues of %s cannot be read for now: %s", self.execution_id, error)
            board = before
        self._queues.looked(board, asyncio.get_running_loop().time())
        if board is not before:
            self._pieces_held_back = True
            self._send(encode_json(difference(before, board), event="patch"))

    def _send_pieces(self, board: Board) -> None:
        """Sends the HTML that differs from the last one.

        Only these messages have an id: a page that sends it on reconnecting has everything up to it.
        """
        rendered = render_pieces(board)
        changed = [
            partial(element, html)
            for element, html in rendered.items()
            if without_clocks(html) != without_clocks(self._pieces.get(element, ""))
        ]
        self._pieces, self._pieces_held_back = rendered, False
        if changed:
            self._send(encode("".join(changed), id=board.seq))

    def _catch_up(self, client: StreamClient) -> None:
        assert self._board is not None
        if client.after != self._board.seq or self._pieces_held_back or self._board.has_output:
            client.fall_behind()

    def _snapshot(self) -> Iterator[bytes]:
        """Everything that any page may show."""
        board = self._board
        if board is None:
            return
        yield encode_json(difference(None, board), event="patch")
        rendered = render_pieces(board) if self._pieces_held_back else self._pieces
        yield encode("".join(partial(element, html) for element, html in rendered.items()), id=board.seq)

    def _send(self, message: bytes) -> None:
        for client in self.clients:
            client.put(message)

    def _finish(self, how: str, error: Exception | None = None) -> None:
        if error is not None and not self.first_read.done():
            self.first_read.set_exception(error)
        self._close_all(encode(how, event="done"))

    def _close_all(self, *last_words: bytes) -> None:
        for client in self.clients:
            client.close(*last_words)

    def _woken(self, seq: int | None) -> None:
        if seq is None:
            self._gap = True
        elif self._board is not None and seq <= self._board.seq:
            return
        else:
            self._newest = max(self._newest, seq)
        self._dirty.set()
