"""The built-in workflows and their tasks: what `CELERIAC_WORKFLOWS` names by default.

Importing this package loads neither Celery nor the tasks. A module of workflows may offer `register` instead
of registering while it is imported: it is called once for each engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celeriac.examples.workflows import Registry


def register(engine: Registry) -> None:
    """Declare the example tasks and register the example workflows on `engine`."""
    importlib.import_module("celeriac.examples.tasks")
    from celeriac.examples.workflows import register_workflows

    register_workflows(engine)
