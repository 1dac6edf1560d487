"""`data_processing`, last steps: the PDF report and the notification."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from celeriac.engine.errors import MissingExtra
from celeriac.engine.workflows.progress.retry import FinalError
from celeriac.examples import arguments
from celeriac.examples.mail import write_message
from celeriac.examples.work_files import existing_file, new_file


@shared_task(name="generate_analysis_report")
def generate_analysis_report(analyze_data: dict[str, Any], format: str) -> dict[str, Any]:
    """Writes the figures as a PDF. Returns the name of the file, its pages and its size in bytes."""
    # The PDF library loads slowly: only the worker that writes a report loads it.
    try:
        from celeriac.examples.report import write_report
    except ImportError as error:
        raise FinalError(str(MissingExtra(what="The PDF report", extra="examples"))) from error

    arguments.choice("format", format, ("pdf",))
    path = new_file("report", "pdf")
    pages = write_report(analyze_data, path)
    return {
        "dataset_id": analyze_data["dataset_id"],
        "orders": analyze_data["orders"],
        "revenue": analyze_data["revenue"],
        "file": path.name,
        "pages": pages,
        "bytes": path.stat().st_size,
    }


@shared_task(name="send_completion_notification")
def send_completion_notification(
    input: dict[str, Any], generate_report: dict[str, Any], notification_type: str
) -> dict[str, Any]:
    """Writes a message with the report attached. Returns its name, size in bytes and recipients."""
    arguments.choice("notification_type", notification_type, ("email",))
    recipients = arguments.recipients(input, "notification_recipients")
    report = existing_file(generate_report.get("file"))
    dataset_id = generate_report["dataset_id"]
    subject = f"{'Your data' if dataset_id is None else f'Data set {dataset_id}'} has been processed"
    text = (
        f"{generate_report['orders']:,} orders with a revenue of {generate_report['revenue']:,.2f} EUR "
        f"were analysed.\nThe report ({generate_report['pages']} pages) is attached.\n"
    )
    path = write_message(recipients, subject=subject, text=text, attachment=report)
    return {
        "recipients": recipients,
        "message": path.name,
        "bytes": path.stat().st_size,
        "attached": report.name,
    }
