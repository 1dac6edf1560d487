"""A small program to supervise: stand_in.py NAME DIRECTORY BEHAVIOUR… leaves its pid in DIRECTORY/NAME.pid.

Behaviours: `deaf` ignores TERM, `stubborn` ignores TERM and QUIT, `clings` outlives its parent, `parent`
has a process of its own, `fails=N` ends with status N after a complaint, `once` fails only at its first
start, `unready` never tells its pid, `unready_later` only at its first start.
What it was told and how it ended is appended to DIRECTORY/story, one line each.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType


def main(name: str, directory: Path, behaviours: list[str]) -> None:
    story, failed_before = directory / "story", directory / f"{name}.failed"

    def tell(text: str) -> None:
        with story.open("a") as book:
            book.write(f"{name} {text}\n")

    def end(number: int, frame: FrameType | None) -> None:
        tell(signal.Signals(number).name)
        sys.exit(0)

    def ignore(number: int, frame: FrameType | None) -> None:
        tell(f"ignored {signal.Signals(number).name}")

    signal.signal(signal.SIGTERM, ignore if {"deaf", "stubborn"} & set(behaviours) else end)
    signal.signal(signal.SIGQUIT, ignore if "stubborn" in behaviours else end)
    if "clings" in behaviours:
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    if "parent" in behaviours:
        pid_file = str(directory / f"{name}.own.pid")
        program = f"import os, signal; open({pid_file!r}, 'w').write(str(os.getpid())); signal.pause()"
        subprocess.Popen([sys.executable, "-c", program])
    for behaviour in behaviours:
        if behaviour.startswith("fails=") and not ("once" in behaviours and failed_before.exists()):
            failed_before.touch()
            print(f"{name} cannot go on", flush=True)
            sys.exit(int(behaviour.removeprefix("fails=")))
    fresh = directory / f"{name}.pid.new"
    fresh.write_text(str(os.getpid()))
    later = "unready_later" in behaviours and (directory / f"{name}.pid").exists()
    if "unready" not in behaviours and not later:
        fresh.replace(directory / f"{name}.pid")
    while True:
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
