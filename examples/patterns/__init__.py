"""Eight workflow patterns, one module and one workflow each. `CELERIAC_WORKFLOWS=examples.patterns`."""

import importlib

PATTERNS = (
    "branch_and_join",
    "short_circuit",
    "one_success_join",
    "continue_on_failure",
    "map_and_reduce",
    "branch_inside_fan_out",
    "clean_up_after_failure",
    "retry_from_the_middle",
)

for pattern in PATTERNS:  # each registers its workflow while it is imported
    importlib.import_module(f"{__name__}.{pattern}")
