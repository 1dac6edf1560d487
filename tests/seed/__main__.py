"""`make seed N=1000`: fills a store with ended executions, to see and to measure how Celeriac looks with many.

They are written through the store's own transitions: several workflows, failures of many kinds, retries, cancellations,
labels, notes, logs. CELERIAC_REDIS_URL names the store; the namespace must be empty, or have been seeded before.
"""

from __future__ import annotations

import argparse
import sys
import time

from celeriac.engine.addresses import printable_url
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import CeleriacError
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from tests.seed.fates import PREFIX
from tests.seed.writing import seed

DEFAULT = 1_000
MOST = 10_000_000
REMEDY = "seed another one, with CELERIAC_NAMESPACE=seeded"
EVERY = 5  # seconds between two lines


def main(arguments: list[str]) -> int:
    """Returns the exit status: 2 if it is refused, with a sentence."""
    parser = argparse.ArgumentParser(prog="make seed", description=__doc__)
    parser.add_argument("number", nargs="?", default=str(DEFAULT), help=f"of executions ({DEFAULT:,})")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other executions (0)")
    given = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
        refusal = refused(given.number, settings)
        if refusal:
            print(refusal, file=sys.stderr)
            return 2
        fill(settings, int(given.number), given.seed)
    except CeleriacError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def refused(number: str, settings: Settings) -> str:
    """Why this is not done, as a sentence; '' if it may be done. Raises `StoreUnavailable`, `StoreIncompatible`."""
    if not number.isdecimal() or not 1 <= int(number) <= MOST:
        return f"N must be a whole number from 1 to {MOST:,}, not {number!r}: make seed N={DEFAULT}"
    if not settings.redis_url:
        return (
            "CELERIAC_REDIS_URL is not set: seeding writes only to a store that you name, "
            "as in CELERIAC_REDIS_URL=redis://127.0.0.1:6379/5 make seed N=1000"
        )
    store = Store(settings)
    try:
        store.check_schema()
        found = [name for name in store.definitions.names_ever() if not name.startswith(PREFIX)]
        where = f"The namespace {settings.namespace!r} of {printable_url(settings.redis_url)}"
        if found:
            shown = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
            return f"{where} has workflows of its own ({shown}): {REMEDY}"
        if any(worker["alive"] for worker in store.workers.all()):
            return f"{where} has a live worker, which would run what is seeded: stop it, or {REMEDY}"
        return ""
    finally:
        store.close()


def fill(settings: Settings, number: int, chosen: int) -> None:
    """Writes the executions and prints how far it is."""
    started = printed = time.monotonic()

    def report(done: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if now - printed >= EVERY or done == number:
            printed = now
            print(f"{done:,} of {number:,} executions, {done / (now - started):,.0f} a second", flush=True)

    seed(settings, number, seed=chosen, report=report)
    engine = WorkflowEngine(settings)
    counts = engine.executions.count()
    engine.store.close()
    print(", ".join(f"{count:,} {name}" for name, count in counts.items() if count))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
