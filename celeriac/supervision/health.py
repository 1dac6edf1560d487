"""`python -m celeriac.supervision.health worker|web`: status 0 if that process works on this machine. For containers."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from celeriac.engine.errors import CeleriacError
from celeriac.engine.settings import Settings
from celeriac.supervision.readiness import WorkerAnnounced, web_is_ready

USAGE = "usage: python -m celeriac.supervision.health worker|web"


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 healthy, 1 not, 2 wrong usage or a bad setting."""
    try:
        settings = Settings.from_environment()
        if list(arguments) == ["web"]:
            return 0 if web_is_ready(settings.host, settings.port) else 1
        if list(arguments) == ["worker"]:
            return 0 if WorkerAnnounced(settings)() else 1
    except CeleriacError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(f"{USAGE}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
