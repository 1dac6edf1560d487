"""The whole URL table. `web/http/url_converters.py` matches the parameters before a handler runs."""

from __future__ import annotations

from starlette.routing import BaseRoute

from celeriac.web.api import cleanups as cleanups_api
from celeriac.web.api import events as events_api
from celeriac.web.api import executions as executions_api
from celeriac.web.api import items as items_api
from celeriac.web.api import launches as launches_api
from celeriac.web.api import openapi
from celeriac.web.api import retry as retry_api
from celeriac.web.api import workflows as workflows_api
from celeriac.web.cleanup import actions as cleanup_actions
from celeriac.web.cleanup import page as cleanup
from celeriac.web.definitions import actions as definition_actions
from celeriac.web.definitions import page as definition
from celeriac.web.execution import deletion, log, pin, values
from celeriac.web.execution import page as execution_page
from celeriac.web.execution import stream as execution_stream
from celeriac.web.executions import cancellation
from celeriac.web.executions import page as executions
from celeriac.web.executions.live import ExecutionsView
from celeriac.web.help import page as help_page
from celeriac.web.http import health
from celeriac.web.http.routing import resource, stream
from celeriac.web.launch import actions as launch_actions
from celeriac.web.launch import page as launch
from celeriac.web.overview import page as overview
from celeriac.web.overview.live import OverviewView
from celeriac.web.preferences import shortcuts, theme, zone_choice, zone_page
from celeriac.web.retry import actions as retry_actions
from celeriac.web.retry import page as retry
from celeriac.web.step import page as step
from celeriac.web.streaming.lists import list_source
from celeriac.web.streaming.pages import OpenSource, page_stream, shared_stream
from celeriac.web.styleguide import page as styleguide
from celeriac.web.ui import assets
from celeriac.web.workflows import page as workflows

EXECUTION = "/executions/{execution_id:execution_id}"
#: The streams of pages: lists of executions, and one execution.
PAGE_STREAMS: dict[str, OpenSource] = {
    "/stream": list_source({"executions": ExecutionsView, "overview": OverviewView}),
    f"{EXECUTION}/stream": execution_stream.open_source,
}


def all_routes() -> list[BaseRoute]:
    """One line per address with all its methods; fixed addresses before those with a parameter in the same place."""
    return [*_overview(), *_workflows(), *_executions(), *_upkeep(), *_api(), *_service()]


def _overview() -> list[BaseRoute]:
    """/, the streams of all pages and the one that tabs share, preferences in cookies, /help, /patterns."""
    return [
        resource("/", GET=overview.page),
        *(stream(path, page_stream(open_source)) for path, open_source in PAGE_STREAMS.items()),
        stream("/streams", shared_stream(PAGE_STREAMS)),
        resource("/theme", POST=theme.update),
        resource("/zone", GET=zone_page.page, POST=zone_choice.update),
        resource("/shortcuts", POST=shortcuts.update),
        resource("/help", GET=help_page.page),
        resource("/patterns", GET=styleguide.page),
    ]


def _workflows() -> list[BaseRoute]:
    """/workflows, a workflow, its definition and versions, its launch."""
    workflow = "/workflows/{workflow_id:workflow_id}"
    return [
        resource("/workflows", GET=workflows.page),
        resource("/workflows/new", GET=definition.new_page, POST=definition_actions.create),
        resource("/workflows/new/validation", POST=definition_actions.validate_new),
        resource(workflow, GET=workflows.workflow_page),
        resource(f"{workflow}/edit", GET=definition.edit_page, POST=definition_actions.update),
        resource(f"{workflow}/edit/validation", POST=definition_actions.validate),
        resource(f"{workflow}/deletion", GET=definition.deletion_page, POST=definition_actions.delete),
        resource(f"{workflow}/versions", GET=definition.versions_page),
        resource(f"{workflow}/launch", GET=launch.page, POST=launch_actions.create),
        resource(f"{workflow}/launch/validation", POST=launch_actions.validate),
    ]


def _executions() -> list[BaseRoute]:
    """/executions, an execution, its steps and actions."""
    one = EXECUTION
    step_of_one = f"{one}/steps/{{step_name:step_name}}"
    item_of_one = f"{step_of_one}/items/{{item:item_number}}"
    return [
        resource("/executions", GET=executions.page),
        resource("/executions/cancellations", GET=executions.cancel_all_page, POST=cancellation.create_many),
        resource(one, GET=execution_page.show),
        resource(f"{one}/log", GET=log.lines_after),
        resource(f"{one}/log.txt", GET=log.download),
        resource(f"{one}/input.json", GET=values.execution_input),
        resource(f"{one}/result.json", GET=values.execution_result),
        resource(f"{one}/round", GET=execution_page.look_at_round),
        resource(f"{one}/retry", GET=retry.retry_page, POST=retry_actions.retry),
        resource(step_of_one, GET=step.show),
        resource(item_of_one, GET=step.show_item),
        *_unit_of_execution(step_of_one),
        *_unit_of_execution(item_of_one),
        resource(f"{one}/cancellation", POST=cancellation.create),
        resource(f"{one}/pin", POST=pin.update),
        resource(f"{one}/deletion", GET=deletion.confirm, POST=deletion.create),
    ]


def _unit_of_execution(unit: str) -> list[BaseRoute]:
    """The addresses of a step, and of each of its items."""
    return [
        resource(f"{unit}/mark", GET=retry.mark_page, POST=retry_actions.mark),
        resource(f"{unit}/inputs.json", GET=values.step_inputs),
        resource(f"{unit}/result.json", GET=values.step_result),
    ]


def _upkeep() -> list[BaseRoute]:
    """/cleanup."""
    return [resource("/cleanup", GET=cleanup.page, POST=cleanup_actions.create)]


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
        resource(f"{workflow}/executions", POST=launches_api.create),
        resource("/api/v1/executions", GET=executions_api.index),
        resource(execution, GET=executions_api.show, DELETE=executions_api.delete),
        resource(step_of_one, GET=executions_api.show_step),
        resource(f"{step_of_one}/mark", POST=retry_api.mark),
        resource(f"{step_of_one}/items", GET=items_api.index),
        resource(f"{step_of_one}/items/{{item:item_number}}", GET=items_api.show),
        resource(f"{step_of_one}/items/{{item:item_number}}/mark", POST=retry_api.mark),
        resource(f"{execution}/retry", POST=retry_api.retry),
        stream(f"{execution}/events", events_api.follow),
        resource(f"{execution}/cancellation", POST=executions_api.cancel),
        resource(f"{execution}/pin", POST=executions_api.pin, DELETE=executions_api.unpin),
        resource("/api/v1/cleanups", POST=cleanups_api.create),
    ]


def _service() -> list[BaseRoute]:
    return [
        resource("/assets/{name:asset_name}", GET=assets.serve),
        resource("/healthz", GET=health.alive),
        resource("/readyz", GET=health.ready),
    ]
