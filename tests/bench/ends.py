"""Hears of the ends of executions at next to no cost: a client that took every event apart would be measured too."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

CHUNK = 65_536
#: More than one message on the wire: what is looked at again when more bytes have come.
OVERLAP = 512


class EndListener:
    """Subscribed to the events of a namespace before the launch, so that no end is missed."""

    def __init__(self, socket_path: Path, pattern: str) -> None:
        """`pattern` is the channels' pattern, ending in `*`."""
        prefix = re.escape(pattern.removesuffix("*").encode())
        self._end = re.compile(prefix + rb"([^\r]+)\r\n\$\d+\r\n\d+ E ")
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(socket_path))
        self._connection.sendall(f"PSUBSCRIBE {pattern}\r\n".encode())
        self._connection.recv(CHUNK)  # the confirmation
        self._unread = b""

    def wait_for(self, execution_ids: list[str], *, within: float) -> None:
        """Returns when all of these have ended. Raises `RuntimeError` when one has not after `within` seconds."""
        give_up_at = time.monotonic() + within
        left = {execution_id.encode() for execution_id in execution_ids}
        while left:
            self._connection.settimeout(max(0.001, give_up_at - time.monotonic()))
            try:
                self._unread += self._connection.recv(CHUNK)
            except TimeoutError:
                raise RuntimeError(
                    f"{len(left)} executions did not end, among them {min(left).decode()}"
                ) from None
            left -= set(self._end.findall(self._unread))
            self._unread = self._unread[-OVERLAP:]

    def close(self) -> None:
        self._connection.close()
