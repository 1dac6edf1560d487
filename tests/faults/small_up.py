"""`celeriac up` with stand-ins instead of worker and web. Usage: small_up.py DESCRIPTION, a JSON object:

data_dir, port, directory (of the stand-ins), children (name → behaviours, in start order), store (a real one
before them), needed (names that the next ones wait for), stop_plans (name → [[signal, seconds]…]), patience (fields of
`Patience`), verbose.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celeriac import supervisor
from celeriac.engine.settings import Settings
from celeriac.supervision import plan
from celeriac.supervision.child import ChildSpec
from celeriac.supervision.data_directory import DataDirectory
from celeriac.supervision.tree import Patience

STAND_IN = Path(__file__).with_name("stand_in.py")


def main(description: dict[str, Any]) -> int:
    def children(settings: Settings, directory: DataDirectory, socket_dir: Path | None) -> list[ChildSpec]:
        specs = plan.children(settings, directory, socket_dir)[:1] if description.get("store") else []
        for name, behaviours in description["children"].items():
            command = [sys.executable, str(STAND_IN), name, description["directory"], *behaviours]
            steps = description.get("stop_plans", {}).get(name, [["SIGTERM", 0.0], ["SIGKILL", 120.0]])
            pid_file = Path(description["directory"]) / f"{name}.pid"
            specs.append(
                ChildSpec(
                    name=name,
                    command=command,
                    environment=dict(os.environ),
                    log=directory.log(name),
                    is_ready=told_by(pid_file),
                    ready_before_next=name in description.get("needed", ()),
                    stop_plan=[(signal.Signals[number], seconds) for number, seconds in steps],
                )
            )
        return specs

    settings = Settings(
        data_dir=Path(description["data_dir"]),
        port=description["port"],
        redis_url="" if description.get("store") else "redis://127.0.0.1:1",
    )
    options = {"verbose": True} if description.get("verbose") else {}
    patience = Patience(**description.get("patience", {}))
    return supervisor.run_up(settings, plan=children, patience=patience, check_store=False, **options)


def told_by(file: Path) -> Callable[[int], bool]:
    return lambda pid: file.exists() and file.read_text() == str(pid)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
