"""An application that Sentry and OpenTelemetry watch, with their own integrations. What they send lies in files.

The environment names them: `SENTRY_FILE` and `SPANS_FILE`, a JSON object a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sentry_sdk
from celery import Celery
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.transport import Transport

from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings


def write(variable: str, entry: dict[str, Any]) -> None:
    with Path(os.environ[variable]).open("a") as file:
        file.write(json.dumps(entry) + "\n")


class FileTransport(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            payload = item.payload.json or {}
            entry = {name: payload.get(name) for name in ("transaction", "exception")}
            trace_id = (payload.get("contexts") or {}).get("trace", {}).get("trace_id")
            write("SENTRY_FILE", {"type": item.type, "trace": trace_id, **entry})


class FileExporter(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            context = span.get_span_context()
            assert context is not None
            write(
                "SPANS_FILE",
                {
                    "name": span.name,
                    "trace": f"{context.trace_id:032x}",
                    "status": span.status.status_code.name,
                },
            )
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(FileExporter()))
trace.set_tracer_provider(provider)
CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
sentry_sdk.init(
    dsn="http://key@127.0.0.1/1",
    integrations=[CeleryIntegration()],
    transport=FileTransport,
    traces_sample_rate=1.0,
)

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)
app = Celery("traced", broker=_broker.url, set_as_current=True)
app.conf.update(broker_connection_retry_on_startup=True, broker_transport_options=_broker.transport_options)


@app.task(name="traced.fails", bind=True)
def fails(self: Any, failures: int, ask: bool = False) -> str:
    if self.request.retries >= failures:
        return "done"
    error = ValueError(f"failure {self.request.retries}")
    if ask:
        raise self.retry(exc=error, countdown=0, max_retries=2)
    raise error
