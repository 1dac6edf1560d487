"""`python -m celeriac` and the command `celeriac`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, by default that of this process. Returns the exit status, see `celeriac.cli.statuses`."""
    from celeriac.cli import streams
    from celeriac.cli.application import run

    if arguments is not None:
        return run(arguments)
    streams.prepare()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
