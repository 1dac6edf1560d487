"""Every error as a response: problem+json (RFC 9457) for programs, a page with the next steps for people."""

from __future__ import annotations

import http
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celeriac.engine.errors import (
    CeleriacError,
    InputProblem,
    InvalidInput,
    InvalidWorkflow,
    ProblemsInText,
)
from celeriac.web.http.json_response import ProblemResponse
from celeriac.web.ui import rendering

log = logging.getLogger("celeriac.web")

#: Statuses with a page of their own in templates/errors.
PAGES = (400, 403, 404, 405, 409, 413, 422, 500, 503)
_REASONS = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error for any client. `errors`: [{"pointer", "message", "line"?, "column"?}]."""

    status: int
    type: str
    detail: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None  # identifies the log entry of an unexpected error

    @property
    def title(self) -> str:
        return http.HTTPStatus(self.status).phrase


class InvalidRequest(Exception):
    """A body or query that could be parsed, but has invalid fields: every problem at once."""

    def __init__(self, errors: list[dict[str, Any]], *, status: int = 422) -> None:
        self.errors, self.status = errors, status
        super().__init__("; ".join(_sentence(error) for error in errors))


def _sentence(error: Mapping[str, Any]) -> str:
    """One entry of `errors` as a sentence: place and message."""
    where = error["pointer"] or error.get("parameter", "")
    return f"{where}: {error['message']}" if where else str(error["message"])


def problem_of(error: Exception) -> Problem:
    """The problem of an error; an unexpected one is a 500 with a reference into the log."""
    if isinstance(error, HTTPException):
        known = "" if error.detail == http.HTTPStatus(error.status_code).phrase else error.detail
        return Problem(
            status=error.status_code,
            type="about:blank",
            detail=known or _REASONS.get(error.status_code, ""),
            headers=_sorted_allow(error.headers or {}),
        )
    if isinstance(error, InvalidRequest):
        kind = _type("InvalidRequest")
        return Problem(status=error.status, type=kind, detail=str(error), errors=error.errors)
    if isinstance(error, CeleriacError) and error.http_status != 500:
        return _foreseen(error)
    reference = secrets.token_hex(4)
    log.error("Unexpected error %s", reference, exc_info=error)
    detail = f"Something went wrong on the server. The log has the details under the reference {reference}."
    return Problem(status=500, type=_type("Unexpected"), detail=detail, reference=reference)


def _foreseen(error: CeleriacError) -> Problem:
    unavailable = error.http_status == 503
    if unavailable:
        log.warning("%s", error)
    return Problem(
        status=error.http_status,
        type=_type(type(error).__name__),
        detail=str(error),
        errors=_errors_of(error),
        headers={"Retry-After": "5"} if unavailable else {},
    )


def answer(request: Request, error: Exception) -> Response:
    """The response to an error, in the format of the client."""
    problem = problem_of(error)
    return _as_json(problem) if wants_json(request) else _as_page(request, problem)


def wants_json(request: Request) -> bool:
    """Programs: everything under /api, and clients that accept JSON but not HTML."""
    accepted = request.headers.get("accept", "")
    return request.scope["path"].startswith("/api/") or ("json" in accepted and "text/html" not in accepted)


class UnexpectedErrors:
    """Turns every exception of a handler into a response, so that it gets the security headers, too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            response = await run_in_threadpool(answer, Request(scope), error)
            await response(scope, receive, send)


def _as_json(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "errors": problem.errors,
    }
    if problem.reference:
        body["reference"] = problem.reference
    return ProblemResponse(body, status_code=problem.status, headers=dict(problem.headers))


def _as_page(request: Request, problem: Problem) -> Response:
    # htmx puts the response into the requesting page: a sentence there, not a page within the page.
    whole = "hx-request" not in request.headers
    page = str(problem.status) if problem.status in PAGES else "other"
    template = f"errors/{page}.html" if whole else "errors/_message.html"
    context: dict[str, Any] = {"problem": problem}
    if problem.status == 503:
        context["active_executions"] = lambda: None  # the layout must not wait for the store again
    try:
        return rendering.render(request, template, context, problem.status, problem.headers)
    except Exception:
        # The page's layout may be the cause; the sentence must arrive anyway.
        log.exception("The page for an error could not be rendered")
        return PlainTextResponse(problem.detail, problem.status, dict(problem.headers))


def _type(name: str) -> str:
    """`ExecutionEnded` -> "urn:celeriac:problem:execution-ended": what programs compare."""
    return "urn:celeriac:problem:" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _errors_of(error: CeleriacError) -> list[dict[str, Any]]:
    if isinstance(error, InvalidWorkflow):
        return [{"pointer": "/steps", "message": problem} for problem in error.problems]
    if isinstance(error, ProblemsInText):
        return [_entry(problem, problem.message) for problem in error.problems]
    if isinstance(error, InvalidInput):
        return [error_entry(error)]
    return []


def error_entry(error: InvalidInput) -> dict[str, Any]:
    """One entry of `errors`: the position in the JSON text, if known, and the message."""
    return _entry(error, str(error))


def _entry(where: InvalidInput | InputProblem, message: str) -> dict[str, Any]:
    place = {"line": where.line, "column": where.column}
    known = {name: value for name, value in place.items() if value is not None}
    return {"pointer": where.pointer, "message": message, **known}


def _sorted_allow(headers: Mapping[str, str]) -> dict[str, str]:
    """`Allow` in a fixed order, whatever the order of a set."""
    allow = headers.get("Allow")
    return {**headers, "Allow": ", ".join(sorted(allow.split(", ")))} if allow else dict(headers)
