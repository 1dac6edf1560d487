"""The whole URL table. Parameters are matched by `web/parameters.py` before a handler sees them."""

from __future__ import annotations

from starlette.routing import BaseRoute

from celeriac.web import assets, health
from celeriac.web.actions import cancellations, deletions, pins, shortcuts, theme
from celeriac.web.actions import cleanups as cleanups_form
from celeriac.web.actions import definitions as definitions_form
from celeriac.web.actions import launches as launches_form
from celeriac.web.actions import resuming as resuming_form
from celeriac.web.actions import zone as zone_form
from celeriac.web.api import cleanups, launches, openapi
from celeriac.web.api import executions as executions_api
from celeriac.web.api import items as items_api
from celeriac.web.api import resuming as resuming_api
from celeriac.web.api import workflows as workflows_api
from celeriac.web.live import api_events, execution_stream, list_stream
from celeriac.web.pages import (
    cleanup,
    definitions,
    execution,
    executions,
    launch,
    log,
    overview,
    patterns,
    resuming,
    step,
    values,
    workflows,
    zone,
)
from celeriac.web.pages import help as help_page
from celeriac.web.routing import resource, stream


def all_routes() -> list[BaseRoute]:
    """One line per address with all its methods; fixed addresses before those with a parameter there."""
    return [*_overview(), *_workflows(), *_executions(), *_upkeep(), *_api(), *_service()]


def _overview() -> list[BaseRoute]:
    """/, /stream (its live summaries, and those of the list of executions), choices kept in cookies, /help, /patterns."""
    return [
        resource("/", GET=overview.page),
        stream("/stream", list_stream.follow),
        resource("/theme", POST=theme.update),
        resource("/zone", GET=zone.page, POST=zone_form.update),
        resource("/shortcuts", POST=shortcuts.update),
        resource("/help", GET=help_page.page),
        resource("/patterns", GET=patterns.page),
    ]


def _workflows() -> list[BaseRoute]:
    """/workflows, a workflow, its definition and versions, its launch."""
    workflow = "/workflows/{workflow_id:workflow_id}"
    return [
        resource("/workflows", GET=workflows.page),
        resource("/workflows/new", GET=definitions.new_page, POST=definitions_form.create),
        resource("/workflows/new/validation", POST=definitions_form.validate_new),
        resource(workflow, GET=workflows.workflow_page),
        resource(f"{workflow}/edit", GET=definitions.edit_page, POST=definitions_form.update),
        resource(f"{workflow}/edit/validation", POST=definitions_form.validate),
        resource(f"{workflow}/deletion", GET=definitions.deletion_page, POST=definitions_form.delete),
        resource(f"{workflow}/versions", GET=definitions.versions_page),
        resource(f"{workflow}/launch", GET=launch.page, POST=launches_form.create),
        resource(f"{workflow}/launch/validation", POST=launches_form.validate),
    ]


def _executions() -> list[BaseRoute]:
    """/executions, an execution, its stream, steps and actions."""
    one = "/executions/{execution_id:execution_id}"
    step_of_one = f"{one}/steps/{{step_name:step_name}}"
    item_of_one = f"{step_of_one}/items/{{item:item_number}}"
    return [
        resource("/executions", GET=executions.page),
        resource("/executions/cancellations", GET=executions.cancel_all_page, POST=cancellations.create_many),
        resource(one, GET=execution.show),
        stream(f"{one}/stream", execution_stream.follow),
        resource(f"{one}/log", GET=log.lines_after),
        resource(f"{one}/log.txt", GET=log.download),
        resource(f"{one}/input.json", GET=values.execution_input),
        resource(f"{one}/result.json", GET=values.execution_result),
        resource(f"{one}/round", GET=execution.look_at_round),
        resource(f"{one}/retry", GET=resuming.retry_page, POST=resuming_form.retry),
        resource(step_of_one, GET=step.show),
        resource(item_of_one, GET=step.show_item),
        *_unit_of_execution(step_of_one),
        *_unit_of_execution(item_of_one),
        resource(f"{one}/cancellation", POST=cancellations.create),
        resource(f"{one}/pin", POST=pins.update),
        resource(f"{one}/deletion", GET=deletions.confirm, POST=deletions.create),
    ]


def _unit_of_execution(unit: str) -> list[BaseRoute]:
    """What a step has, and each of its items as well."""
    return [
        resource(f"{unit}/mark", GET=resuming.mark_page, POST=resuming_form.mark),
        resource(f"{unit}/inputs.json", GET=values.step_inputs),
        resource(f"{unit}/result.json", GET=values.step_result),
    ]


def _upkeep() -> list[BaseRoute]:
    """/cleanup."""
    return [resource("/cleanup", GET=cleanup.page, POST=cleanups_form.create)]


def _api() -> list[BaseRoute]:
    """/api/v1."""
    workflow = "/api/v1/workflows/{workflow_id:workflow_id}"
    execution = "/api/v1/executions/{execution_id:execution_id}"
    step_of_one = f"{execution}/steps/{{step_name:step_name}}"
    return [
        resource("/api/v1/openapi.json", GET=openapi.show),
        resource("/api/v1/workflows", GET=workflows_api.index),
        resource(workflow, GET=workflows_api.show, PUT=workflows_api.put, DELETE=workflows_api.delete),
        resource(f"{workflow}/versions", GET=workflows_api.versions),
        resource(f"{workflow}/versions/{{version:version}}", GET=workflows_api.version),
        resource(f"{workflow}/executions", POST=launches.create),
        resource("/api/v1/executions", GET=executions_api.index),
        resource(execution, GET=executions_api.show, DELETE=executions_api.delete),
        resource(step_of_one, GET=executions_api.show_step),
        resource(f"{step_of_one}/mark", POST=resuming_api.mark),
        resource(f"{step_of_one}/items", GET=items_api.index),
        resource(f"{step_of_one}/items/{{item:item_number}}", GET=items_api.show),
        resource(f"{step_of_one}/items/{{item:item_number}}/mark", POST=resuming_api.mark),
        resource(f"{execution}/retry", POST=resuming_api.retry),
        stream(f"{execution}/events", api_events.follow),
        resource(f"{execution}/cancellation", POST=executions_api.cancel),
        resource(f"{execution}/pin", POST=executions_api.pin, DELETE=executions_api.unpin),
        resource("/api/v1/cleanups", POST=cleanups.create),
    ]


def _service() -> list[BaseRoute]:
    return [
        resource("/assets/{name:asset_name}", GET=assets.serve),
        resource("/healthz", GET=health.alive),
        resource("/readyz", GET=health.ready),
    ]
