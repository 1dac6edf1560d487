"""POST /api/v1/cleanups: removes ended, unpinned executions by age, or counts them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.manager import MAX_AGE_HOURS, WorkflowManager
from celeriac.engine.workflows.progress.states import ENDED_STATUSES
from celeriac.web.api.bodies import with_json
from celeriac.web.api.fields import Field, a_time, list_of, number_between, read_body, true_or_false
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.http.problems import InvalidRequest
from celeriac.web.request import actor_of, engine_of

FIELDS = (
    Field("max_age_hours", number_between(0, MAX_AGE_HOURS), 24),
    Field("statuses", list_of([status.value for status in ENDED_STATUSES])),
    Field("dry_run", true_or_false, False),
    Field("before", a_time),
)


@with_json
def create(request: Request, body: Any) -> Response:
    """200 with the number removed; with `dry_run` the counts, and `before`, which keeps the set from growing."""
    fields = read_body(body, FIELDS)
    manager = WorkflowManager(engine_of(request))
    age, statuses, before = fields["max_age_hours"], fields["statuses"], fields["before"]
    if fields["dry_run"]:
        if before:
            message = "before is returned by a dry run; pass it to the clean-up"
            raise InvalidRequest([{"pointer": "/before", "message": message}])
        return JsonResponse(manager.preview_cleanup(age, statuses=statuses))
    removed = manager.cleanup_completed_executions(
        age, statuses=statuses, before=before, actor=actor_of(request)
    )
    return JsonResponse({"removed": removed})
