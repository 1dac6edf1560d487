"""The public interface: `WorkflowEngine`. Composes runtime and store; other packages use the engine through it.

The methods of the source document are on the engine itself; `executions`, `steps` and `workflows` have the others.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from celeriac.engine.catalogue import WorkflowCatalogue
from celeriac.engine.errors import InvalidSetting
from celeriac.engine.executions import Executions
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.settings import Settings
from celeriac.engine.steps import Steps
from celeriac.engine.store.feed import EventFeed
from celeriac.engine.store.read.workers import WorkerView
from celeriac.engine.store.store import Store
from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    define_workflow,
    with_task_values,
)
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.definition.unsaid_values import NOTHING, values_from
from celeriac.engine.workflows.progress.events import rfc3339
from celeriac.engine.workflows.progress.views import ExecutionView, HistoryPage

if TYPE_CHECKING:
    from celery import Celery

    from celeriac.engine.runtime.dispatch import Dispatcher
    from celeriac.engine.runtime.reconcile import Reconciler
    from celeriac.engine.runtime.stopping import Stopper

logger = logging.getLogger(__name__)


class WorkflowEngine:
    """Registers workflows; launches, reads and cancels executions. Connects on first use."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given_settings = settings
        #: Workflows registered in this process, by id.
        self.registered: dict[str, WorkflowDefinition] = {}
        self._resolved: dict[str, tuple[WorkflowDefinition, WorkflowDefinition]] = {}

    @cached_property
    def settings(self) -> Settings:
        """As given, otherwise from the environment."""
        settings = self._given_settings or Settings.from_environment()
        if not settings.redis_url:
            raise InvalidSetting(
                variable="CELERIAC_REDIS_URL",
                value="",
                reason="no store is configured: set it, or start `celeriac up`",
            )
        return settings

    @cached_property
    def store(self) -> Store:
        return Store(self.settings)

    @cached_property
    def app(self) -> Celery:
        """The Celery application; imported on first use, because reading does not need it."""
        from celeriac.engine.runtime.app import create_app

        return create_app(self.settings)

    @cached_property
    def _dispatcher(self) -> Dispatcher:
        from celeriac.engine.runtime.dispatch import Dispatcher

        return Dispatcher(self.app, self.store, self.settings)

    @cached_property
    def _stopper(self) -> Stopper:
        from celeriac.engine.runtime.stopping import Stopper

        return Stopper(self.app, self.settings)

    @cached_property
    def context(self) -> OperationContext:
        """The collaborators of this engine's operations."""
        return OperationContext(
            self.store,
            self.settings,
            # Created on first use: reading does not need Celery.
            dispatch=lambda orders: self._dispatcher.dispatch(orders),
            stop=lambda stops: self._stopper.stop(stops),
        )

    @cached_property
    def executions(self) -> Executions:
        """Launches, reads and changes executions."""
        return Executions(self.context, self._definition_of)

    @cached_property
    def steps(self) -> Steps:
        """Reads and marks steps."""
        return Steps(self.context)

    @cached_property
    def workflows(self) -> WorkflowCatalogue:
        """Reads the published workflows, and publishes definitions at run time."""
        return WorkflowCatalogue(self.context)

    # -- workflows

    def register_workflow(
        self,
        workflow_id: str,
        steps: Iterable[WorkflowStep],
        *,
        description: str = "",
        input_schema: dict[str, Any] | None = None,
        example_input: dict[str, Any] | None = None,
        priority: str = "normal",
        on_failure: str = "stop",
    ) -> None:
        """Validates a workflow and registers it in this process; `priority` is low, normal or high.

        `on_failure` is stop (nothing new starts after the first failure) or continue (only dependents do not start).
        Raises `InvalidWorkflow` with every problem found.
        """
        definition = define_workflow(
            workflow_id, steps, description, input_schema, example_input, priority, on_failure
        )
        self.registered[workflow_id] = definition

    def load_workflows(self) -> None:
        """Imports the modules of `CELERIAC_WORKFLOWS`, which define tasks and register workflows.

        A module registers on `workflow_engine` on import, or defines `register(engine)`, which is called here.
        Raises `InvalidSetting` naming the module that cannot be imported.
        """
        for name in self.settings.workflows:
            try:
                module = importlib.import_module(name)
            except ImportError as error:
                reason = f"module {name!r} cannot be imported: {error}"
                raise InvalidSetting(variable="CELERIAC_WORKFLOWS", value=name, reason=reason) from error
            register = getattr(module, "register", None)
            if callable(register):
                register(self)
        self.registered = {**workflow_engine.registered, **self.registered}

    def publish_workflows(self) -> None:
        """Checks the store's schema and publishes the registered workflows to every process.

        Workflows of the API are not replaced; a warning names each one that code registers under the same id.
        """
        self.store.check_schema()
        for workflow_id in self.store.definitions.publish(
            map(self._with_task_values, self.registered.values())
        ):
            logger.warning(
                "Workflow %r belongs to the API: the workflow that code registers under this id is not used. Choose another id,"
                " or delete the workflow of the API and restart",
                workflow_id,
            )

    def _definition_of(self, workflow_id: str) -> WorkflowDefinition:
        registered = self.registered.get(workflow_id)
        if registered is None:
            return self.store.definitions.current(workflow_id)[0]
        return self.store.definitions.publish_version(self._with_task_values(registered))

    def _with_task_values(self, definition: WorkflowDefinition) -> WorkflowDefinition:
        """The definition with what authors of its tasks have said: here, if this process has the task, else in a worker."""
        known = self._resolved.get(definition.workflow_id)
        if known is not None and known[0] is definition:
            return known[1]
        from celeriac.engine.runtime.attempt.task_facts import values_of

        names = {step.task_name for step in definition.steps}
        here = {name: values for name in names if (values := values_of(self.app, name)) is not None}
        elsewhere = self.store.tasks.of(sorted(names - here.keys()))
        said = {name: values_from(facts) for name, facts in elsewhere.items()} | here
        resolved = with_task_values(definition, lambda name: said.get(name, NOTHING))
        if len(here) == len(names):
            self._resolved[definition.workflow_id] = definition, resolved
        return resolved

    # -- executions, under the names of the source document

    def execute_workflow(self, workflow_id: str, input_data: dict[str, Any]) -> str:
        """Launches a workflow and returns the execution's id immediately. Raises as `executions.launch`."""
        return self.executions.launch(workflow_id, input_data).execution_id

    def get_workflow_status(self, execution_id: str) -> ExecutionView:
        """The execution with its progress, levels and steps. Raises `ExecutionNotFound`."""
        return self.executions.get(execution_id)

    def cancel_workflow(self, execution_id: str) -> None:
        """Requests a cancellation. Raises as `executions.cancel`."""
        self.executions.cancel(execution_id)

    def get_execution_history(self, **filters: Any) -> HistoryPage:
        """A page of executions, newest first; the filters are those of `executions.history`."""
        return self.executions.history(**filters)

    # -- the store and its workers

    def workers(self) -> list[WorkerView]:
        """Every worker that has not shut down properly, as it describes itself."""
        return self.store.workers.all()

    def current_time(self) -> str:
        """The store's clock as RFC 3339; the cheapest check of the connection. Raises `StoreUnavailable`."""
        return rfc3339(self.store.now())

    def feed(self) -> EventFeed:
        """A new subscription to the store's events, for one event loop."""
        return EventFeed(self.settings.redis_url, self.settings.namespace)

    # -- processes

    def close(self) -> None:
        """Closes the connections to store and broker; the next use opens new ones. An application of `CELERIAC_APP` stays."""
        if "store" in vars(self):
            self.store.close()
        if "app" in vars(self) and not self.settings.app:
            self.app.close()

    def start_reconciler(self) -> Reconciler:
        """Starts a reconciler thread in this process; `stop()` ends it."""
        from celeriac.engine.runtime.attempt.ending import Ending
        from celeriac.engine.runtime.reconcile import Reconciler

        ending = Ending(self.store, self.settings, self._dispatcher.dispatch)
        reconciler = Reconciler(self.store, self.settings, self._dispatcher, self._stopper, ending)
        reconciler.start()
        return reconciler

    def run_worker(self, arguments: Sequence[str]) -> None:
        """Loads and publishes the workflows, then runs a Celery worker with these command-line options until it stops."""
        from celeriac.engine.runtime import builtin_tasks as builtin_tasks
        from celeriac.engine.runtime.worker import StepWorker

        app = self.app
        self.load_workflows()
        self.publish_workflows()
        app.task(name="celeriac.execute_workflow_async", ignore_result=True)(self.execute_workflow)
        StepWorker(app, self.settings).run(arguments)


#: The engine of this process.
workflow_engine = WorkflowEngine()
