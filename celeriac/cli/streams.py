"""Standard input, output and error of a command: closed ones, encodings without a character, readers that go away."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from celeriac.engine.errors import InvalidInput

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputLost(Exception):
    """The output cannot be written, because its reader has gone (`| head`) or for another reason."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write the output: {error.strerror}")
        self.reader_has_gone = isinstance(error, BrokenPipeError)


class _Writer(io.FileIO):
    """Writes to a standard stream until that fails once. The rest is discarded, so that a last flush cannot fail again."""

    def __init__(self, number: int, *, needed: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        #: Whether the command has to end when this is lost.
        self.needed = needed
        self._lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        if not self._lost:
            try:
                return super().write(data)
            except OSError as error:
                self._lost = True
                if self.needed:
                    self._give_up(error)
        return memoryview(data).nbytes

    def _give_up(self, error: OSError) -> NoReturn:
        # No OSError: the libraries in between have their own ideas of a broken pipe.
        raise OutputLost(error) from None


def prepare() -> None:
    """Replaces the standard streams of this process by ones that fail in no other way than by `OutputLost`.

    A closed one becomes /dev/null: its number must not be that of a connection to the store, and is not a reason to fail.
    What an encoding cannot represent is written as "?", which keeps the columns of tables.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _open_nothing(number)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  lasts as long as the process
    _replace("stdout", 1, needed=True)
    _replace("stderr", 2, needed=False)


def go_on_without_readers() -> None:
    """From now on lost output is no reason to end: for processes that serve."""
    writer = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(writer, _Writer):
        writer.needed = False


def read_standard_input() -> bytes:
    """All of standard input. Raises `InvalidInput` if it cannot be read."""
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InvalidInput(f"cannot read standard input: {error.strerror}") from error


def _open_nothing(number: int) -> None:
    """Makes sure that this file descriptor is open, here and in child processes."""
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        os.set_inheritable(opened, True)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)


def _replace(name: str, number: int, *, needed: bool) -> None:
    before = getattr(sys, name)
    stream = io.TextIOWrapper(
        io.BufferedWriter(_Writer(number, needed=needed)),
        encoding=before.encoding if before else "utf-8",
        errors="replace",
        newline="\n",
        line_buffering=True,
    )
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)
