"""The output of one running attempt: its logger, its progress, and whether it is cancelled. Writes through `OutputWriter`."""

from __future__ import annotations

import logging
import time

from celery.exceptions import SoftTimeLimitExceeded

from celeriac.engine.runtime.attempt.output_writer import OutputWriter
from celeriac.engine.runtime.attempt.printed_lines import PrintedLines
from celeriac.engine.workflows.progress.output import Line, checked_progress, cut, severity_of
from celeriac.engine.workflows.progress.terminal_text import terminal_text

#: Seconds for which the reply to "is it cancelled?" is valid.
FRESH = 1.0
#: Lines of steps pass through this logger to the worker's own handlers.
WORKER_LOGGER = "celeriac.step"


class StepReports:
    """The reports of one attempt. `close` it when the body has ended in any way.

    `cleans_up`: a cancellation of the execution does not end the step, so it counts as not cancelled.
    """

    def __init__(
        self, writer: OutputWriter, execution_id: str, unit: str, attempt: int, *, cleans_up: bool = False
    ) -> None:
        self._writer, self._attempt, self._cleans_up = writer, attempt, cleans_up
        self._execution_id, self._unit = execution_id, unit
        self._logger: logging.Logger | None = None
        self._printed = PrintedLines(lambda text: self.line(time.time(), logging.INFO, text))
        self._cancelled = False
        self._asked = -FRESH

    @property
    def logger(self) -> logging.Logger:
        if self._logger is None:
            self._logger = logging.Logger(f"{WORKER_LOGGER}.{self._execution_id}", logging.INFO)
            self._logger.addHandler(StepLogHandler(self))
            self._logger.addHandler(WorkerLogHandler())
        return self._logger

    def line(self, created: float, level: int, text: str) -> None:
        """Adds a line to the step's log; `created` is seconds since the epoch."""
        line = Line(int(created * 1000), self._attempt, severity_of(level), cut(terminal_text(text)))
        self._writer.add_line(self._execution_id, self._unit, line)

    def printed(self, stream: str, data: str) -> None:
        """Adds the lines that this text of a stream ends; the rest waits."""
        self._printed.write(stream, data)

    def progress(self, fraction: float, message: str | None) -> None:
        progress = checked_progress(time.time_ns() // 1_000_000, self._attempt, fraction, message)
        self._writer.set_progress(self._execution_id, self._unit, progress)

    def is_cancelled(self) -> bool:
        now = time.monotonic()
        if not self._cleans_up and not self._cancelled and now - self._asked >= FRESH:
            self._asked = now
            self._cancelled = self._writer.is_cancelled(self._execution_id)
        return self._cancelled

    def close(self) -> None:
        """Waits until the output so far is written, within a limit."""
        self._printed.close()
        self._writer.flush(self._execution_id, self._unit)


class StepLogHandler(logging.Handler):
    """Adds records to the step's log."""

    def __init__(self, reports: StepReports) -> None:
        super().__init__()
        self._reports = reports
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._reports.line(record.created, record.levelno, self.format(record))
        except SoftTimeLimitExceeded:
            raise  # Celery lets it out wherever the task happens to be
        except Exception:  # noqa: BLE001 -- as every handler of the logging module does
            self.handleError(record)


class WorkerLogHandler(logging.Handler):
    """Passes records to the worker's own handlers if the worker logs that level."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = logging.getLogger(WORKER_LOGGER)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
