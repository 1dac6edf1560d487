"""POST /api/v1/workflows/{workflow_id}/executions: a launch that can be repeated with an Idempotency-Key."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.api.bodies import with_json
from celeriac.web.api.fields import Field, an_object, labels_object, read_body, text_or_null
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.http.problems import InvalidRequest
from celeriac.web.request import actor_of, engine_of

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


#: The engine limits the number of labels, the length of the note and the size of the input.
FIELDS = (
    Field("input", an_object, {}),
    Field("labels", labels_object),
    Field("note", text_or_null),
    Field("launched_from", text_or_null, description="Execution that this one repeats"),
)


@with_json
def create(request: Request, body: Any) -> Response:
    """201 with the new execution; 200 with the earlier one if the key was used for the same launch."""
    fields = read_body(body, FIELDS)
    launch = engine_of(request).executions.launch(
        request.path_params["workflow_id"],
        fields["input"],
        labels=fields["labels"],
        note=fields["note"],
        idempotency_key=_idempotency_key(request),
        launched_from=fields["launched_from"],
        actor=actor_of(request),
    )
    location = f"/api/v1/executions/{launch.execution_id}"
    status = 200 if launch.replayed else 201
    return JsonResponse({"execution_id": launch.execution_id}, status, headers={"Location": location})


def _idempotency_key(request: Request) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        message = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once"
        raise InvalidRequest([{"pointer": "", "header": "Idempotency-Key", "message": message}], status=400)
    return keys[0]
