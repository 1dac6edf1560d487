"""A launch as code: the same call for curl, the command line and Python. Pure."""

from __future__ import annotations

import json
import pprint
import shlex
from dataclasses import dataclass
from typing import Any

from celeriac.web.launch.form import Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCode:
    curl: str
    cli: str
    python: str


def launch_code(workflow_id: str, checked: Checked, origin: str) -> LaunchCode | None:
    """None if the input cannot be parsed. `origin` such as "http://127.0.0.1:8000"."""
    if checked.input_data is None or checked.mistakes:
        return None
    extras: dict[str, Any] = {}
    if checked.labels:
        extras["labels"] = checked.labels
    if checked.note:
        extras["note"] = checked.note
    return LaunchCode(
        curl=_curl(workflow_id, {"input": checked.input_data, **extras}, origin),
        cli=_cli(workflow_id, checked.input_data, extras),
        python=_python(workflow_id, checked.input_data, extras),
    )


def _curl(workflow_id: str, body: dict[str, Any], origin: str) -> str:
    lines = [
        f"curl -X POST {shlex.quote(f'{origin}/api/v1/workflows/{workflow_id}/executions')}",
        "  -H 'Content-Type: application/json'",
        f"  -d {shlex.quote(_json(body))}",
    ]
    return " \\\n".join(lines)


def _cli(workflow_id: str, input_data: dict[str, Any], extras: dict[str, Any]) -> str:
    lines = [f"celeriac launch {workflow_id}", f"  --input {shlex.quote(_json(input_data))}"]
    labels = extras.get("labels", {})
    lines += [f"  --label {shlex.quote(f'{name}={value}')}" for name, value in labels.items()]
    if "note" in extras:
        lines.append(f"  --note {shlex.quote(extras['note'])}")
    return " \\\n".join(lines)


def _python(workflow_id: str, input_data: dict[str, Any], extras: dict[str, Any]) -> str:
    literal = pprint.pformat(input_data, width=76, sort_dicts=False)
    if not extras:
        call = f"execution_id = workflow_engine.execute_workflow({workflow_id!r}, {literal})"
    else:
        arguments = "".join(f", {name}={value!r}" for name, value in extras.items())
        call = f"launch = workflow_engine.executions.launch({workflow_id!r}, {literal}{arguments})"
    return f"from celeriac import workflow_engine\n\n{call}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
