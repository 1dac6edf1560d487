"""The limit of open files of the web process, which its streams need. In processes of their own: a limit lasts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.processes import PROJECT

SCRIPT = """
import logging, resource, sys
from celeriac.web.server import allow_open_files
logging.basicConfig()
soft, hard, streams = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
allow_open_files(streams)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "streams", "then"),
    [(256, 4000, 1000, 1500), (256, 1000, 1000, 1000), (2000, 4000, 1000, 2000)],
    ids=["raised", "raised as far as possible", "left as it is"],
)
def test_limit_suffices_for_the_streams_when_the_system_allows_it(
    soft: int, hard: int, streams: int, then: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(soft), str(hard), str(streams)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [str(then), str(hard)]
    assert ("CELERIAC_PROGRAM_STREAMS" in done.stderr) == (then < streams + 500)
