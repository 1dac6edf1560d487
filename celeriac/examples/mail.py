"""Messages for the outbox folder: complete .eml files. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from pathlib import Path

from celeriac.examples.work_files import new_file, outbox_directory

SENDER = "celeriac@example.com"


def write_message(
    recipients: Sequence[str], *, subject: str, text: str, attachment: Path | None = None
) -> Path:
    """Writes a message to the outbox. The addresses must be valid; the subject may contain anything."""
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message["To"] = ", ".join(recipients)
    # A line break in a header would begin another header.
    message["Subject"] = " ".join(subject.split())
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain="example.com")
    message.set_content(text)
    if attachment is not None:
        message.add_attachment(
            attachment.read_bytes(), maintype="application", subtype="pdf", filename=attachment.name
        )
    path = new_file("message", "eml", directory=outbox_directory())
    path.write_bytes(message.as_bytes())
    return path
