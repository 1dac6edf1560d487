"""`POST /executions/{execution_id}/pin`: pins an execution, which excludes it from clean-ups, or unpins it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.http.forms import Form, reading_form, see
from celeriac.web.request import actor_of, engine_of


@reading_form
def update(request: Request, form: Form) -> Response:
    """`pinned=0` unpins, anything else pins."""
    execution_id = request.path_params["execution_id"]
    engine_of(request).executions.pin(execution_id, form.one("pinned", "1") != "0", actor=actor_of(request))
    return see(f"/executions/{execution_id}")
