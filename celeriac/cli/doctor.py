"""`doctor`: problems of store, broker and workers, and their remedies."""

from __future__ import annotations

from celeriac.cli.connection import open_engine
from celeriac.cli.output import Json, console, plain, print_json, print_line
from celeriac.cli.statuses import DONE, FINDINGS

STYLES = {"error": "bold red", "warning": "yellow"}


def doctor(as_json: Json = False) -> int:
    """Check store, broker and workers. Exit status: 0 no errors, 1 errors found, 3 the store cannot be reached."""
    engine = open_engine()
    from celeriac.engine.doctor.doctor import collect, findings_in

    try:
        facts = collect(engine)
        found = findings_in(facts, engine.settings)
    finally:
        engine.close()
    errors = sum(1 for finding in found if finding["severity"] == "error")
    store, broker = facts.store, facts.broker
    if as_json:
        shown = {
            "store": {"url": store.url, "product": store.product, "latency_ms": round(store.latency_ms, 3)},
            "broker": {"url": broker.url, "reachable": not broker.trouble},
            "workers": sorted(worker.name for worker in facts.workers),
        }
        print_json({"healthy": not errors, "findings": found, "examined": shown})
        return FINDINGS if errors else DONE
    print_line(f"Store    {store.url}, {store.product}, responds in {store.latency_ms:.1f} ms")
    print_line(f"Broker   {broker.url}, {'unreachable' if broker.trouble else 'reachable'}")
    print_line(f"Workers  {', '.join(sorted(worker.name for worker in facts.workers)) or 'none'}")
    printer = console()
    for finding in found:
        printer.print()
        what = plain(f"{finding['severity']}: {finding['what']}")
        what.stylize(STYLES[finding["severity"]], 0, len(finding["severity"]))
        printer.print(what)
        printer.print(plain(f"  {finding['why']}"))
        printer.print(plain(f"  Remedy: {finding['remedy']}"))
    warnings = len(found) - errors
    print_line(f"\nErrors: {errors}, warnings: {warnings}" if found else "\nNo problems found")
    return FINDINGS if errors else DONE
