"""The trace that this code runs in, as headers for other processes: of OpenTelemetry and of Sentry, where the process uses them.

Neither is imported here: a process that does not use them has no trace.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

logger = logging.getLogger(__name__)
MAX_HEADERS = 8_192  # bytes of JSON


def trace_context() -> str:
    """The headers as a JSON object; '' outside of a trace."""
    headers: dict[str, str] = {}
    try:
        for given in (_of_opentelemetry(), _of_sentry()):
            for name, value in given:
                # Both have entries in the header `baggage`, which is a list.
                headers[name] = f"{headers[name]},{value}" if name in headers else str(value)
        text = json.dumps(headers) if headers else ""
    except Exception:  # a tracing library must not keep anything from being launched
        logger.warning("the trace cannot be continued", exc_info=True)
        return ""
    return text if len(text) <= MAX_HEADERS else ""


def _of_opentelemetry() -> Iterator[tuple[str, str]]:
    if "opentelemetry.trace" in sys.modules:
        headers: dict[str, str] = {}
        importlib.import_module("opentelemetry.propagate").inject(headers)
        yield from headers.items()


def _of_sentry() -> Iterator[tuple[str, str]]:
    sentry: Any = sys.modules.get("sentry_sdk")
    if sentry is not None and sentry.is_initialized():
        yield from sentry.get_current_scope().iter_trace_propagation_headers()
