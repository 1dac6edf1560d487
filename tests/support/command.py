"""The command line, called in this process: status, standard output and standard error of one command."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from celeriac.__main__ import main
from celeriac.engine.settings import Settings
from tests.support.processes import child_environment


@dataclass(frozen=True, slots=True)
class Finished:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Finished]


def command(environment: dict[str, str]) -> Command:
    """`call("launch", "my_workflow", stdin=b"{}")` with nothing but `environment` as settings."""

    def call(*arguments: str, stdin: bytes = b"") -> Finished:
        out, err = io.StringIO(), io.StringIO()
        typed = io.TextIOWrapper(io.BytesIO(stdin))
        with (
            patch.dict(os.environ, child_environment(environment), clear=True),
            patch.object(sys, "stdin", typed),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = main(arguments)
        return Finished(status, out.getvalue(), err.getvalue())

    return call


def command_for(settings: Settings) -> Command:
    return command(settings.as_environment())
