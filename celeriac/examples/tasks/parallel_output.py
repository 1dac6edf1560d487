"""`parallel_processing`, last level: the dashboard file and the threshold alerts."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.dashboard import dashboard_html
from celeriac.examples.mail import write_message
from celeriac.examples.work_files import new_file

#: A figure below its threshold raises an alert; the higher the level, the fewer alerts.
_THRESHOLDS: dict[str, dict[str, float]] = {
    "low": {"revenue_growth": 0.25, "repeat_customer_share": 0.95, "orders_per_day": 10},
    "medium": {"revenue_growth": 0.1, "repeat_customer_share": 0.85, "orders_per_day": 8},
    "high": {"revenue_growth": 0.0, "repeat_customer_share": 0.7, "orders_per_day": 5},
}


@shared_task(name="generate_dashboard")
def generate_dashboard(integrate_results: dict[str, Any], dashboard_type: str) -> dict[str, Any]:
    """Writes a self-contained HTML page. Returns its name and size in bytes."""
    arguments.choice("dashboard_type", dashboard_type, ("executive",))
    path = new_file("dashboard", "html")
    path.write_text(
        dashboard_html(integrate_results["figures"], integrate_results["tables"]), encoding="utf-8"
    )
    return {
        "dashboard_type": dashboard_type,
        "figures": len(integrate_results["figures"]),
        "tables": len(integrate_results["tables"]),
        "file": path.name,
        "bytes": path.stat().st_size,
    }


@shared_task(name="send_threshold_alerts")
def send_threshold_alerts(
    input: dict[str, Any], integrate_results: dict[str, Any], alert_level: str
) -> dict[str, Any]:
    """Writes a message about figures below their thresholds: those of the level, overridden by the input."""
    level = arguments.choice("alert_level", alert_level, tuple(_THRESHOLDS))
    thresholds = {**_THRESHOLDS[level], **arguments.section(input, "thresholds")}
    figures: dict[str, Any] = integrate_results["figures"]
    arguments.known_keys("the list of figures", thresholds, tuple(figures))
    alerts = [
        {"figure": name, "value": figures[name], "threshold": threshold}
        for name, threshold in thresholds.items()
        if figures[name] is not None
        and figures[name] < arguments.checked_number(f"the threshold {name}", threshold)
    ]
    recipients = arguments.recipients(input, "alert_recipients")
    message = _write_alerts(recipients, alerts, level) if alerts else None
    return {
        "alert_level": level,
        "checked": len(thresholds),
        "alerts": alerts,
        "recipients": recipients if alerts else [],
        "message": message,
    }


def _write_alerts(recipients: list[str], alerts: list[dict[str, Any]], level: str) -> str:
    lines = [f"{alert['figure']}: {alert['value']} is below {alert['threshold']}" for alert in alerts]
    subject = f"{len(alerts)} alert{'s' if len(alerts) > 1 else ''} of level {level}"
    return write_message(recipients, subject=subject, text="\n".join(lines) + "\n").name
