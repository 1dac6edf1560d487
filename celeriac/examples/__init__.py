"""The built-in workflows and their tasks, the default of `CELERIAC_WORKFLOWS`.

Importing this package loads neither Celery nor the tasks. A module of workflows may define `register` instead of
registering on import: it is called once for each engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celeriac.examples.workflows import Registry


def register(engine: Registry) -> None:
    """Imports the example tasks and registers the example workflows on `engine`."""
    importlib.import_module("celeriac.examples.tasks")
    from celeriac.examples.workflows import register_workflows

    register_workflows(engine)
