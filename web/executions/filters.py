"""The filters of the executions list, which are in the URL of every link. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from celeriac.engine.workflows.progress.states import WorkflowStatus
from celeriac.web.ui.time_spans import is_span, span_start
from celeriac.web.ui.time_zones import Zone, for_field, from_field

STATUSES = tuple(WorkflowStatus)
#: Maximum number of cursors of newer pages in a URL; beyond that "Newer" leads to the first page.
MOST_BACK = 12
#: Instead of a span, in the form: use the fields `from` and `to`, which are in the zone of the page.
BETWEEN = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFilters:
    """`since` is a span such as 24h or an RFC 3339 time; `back` the cursors of newer pages joined by "~"."""

    status: str = ""
    workflow_id: str = ""
    q: str = ""
    label: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""
    back: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> ExecutionFilters:
        """From a query or a form; unknown names are ignored."""
        return cls(**{one.name: parameters.get(one.name, "").strip() for one in fields(cls)})

    @classmethod
    def typed(cls, parameters: Mapping[str, str], zone: Zone) -> ExecutionFilters:
        """From the form with `BETWEEN`: converts times typed in a zone to UTC, which is the same for everyone."""
        since, until = (from_field(parameters.get(name, ""), zone) for name in ("from", "to"))
        return replace(cls.read(parameters), since=since, until=until)

    def between(self, zone: Zone) -> tuple[str, str] | None:
        """The values of `from` and `to`; None if the list has a span or no time filter."""
        if not self.until and (not self.since or is_span(self.since)):
            return None
        return for_field(self.since, zone), for_field(self.until, zone)

    @property
    def narrowed(self) -> bool:
        """Whether filters other than status and workflow are set: then counts per status are unknown."""
        return bool(self.q or self.label or self.since or self.until)

    @property
    def any(self) -> bool:
        return bool(self.status or self.workflow_id or self.narrowed)

    @property
    def page_number(self) -> int:
        return len(self.back.split("~")) + 1 if self.back else (2 if self.cursor else 1)

    def url(self, path: str = "/executions", **extra: str) -> str:
        query = {one.name: getattr(self, one.name) for one in fields(self)} | extra
        text = urlencode({name: value for name, value in query.items() if value})
        return f"{path}?{text}" if text else path

    def with_status(self, status: str) -> str:
        return replace(self, status=status, cursor="", back="").url()

    def without(self, name: str) -> str:
        return replace(self, cursor="", back="", **{name: ""}).url()

    def first(self) -> str:
        return replace(self, cursor="", back="").url()

    def older(self, cursor: str) -> str:
        # "-" is the first page, which has no cursor.
        trail = [*filter(None, self.back.split("~")), self.cursor or "-"][-MOST_BACK:]
        return replace(self, cursor=cursor, back="~".join(trail)).url()

    def newer(self) -> str:
        """Empty on the first page."""
        if not self.cursor:
            return ""
        trail = [*filter(None, self.back.split("~"))] or ["-"]
        return replace(self, cursor=trail[-1].strip("-") and trail[-1], back="~".join(trail[:-1])).url()

    def arguments(self, now: dt.datetime) -> dict[str, str | None]:
        """The keyword arguments of `get_execution_history`; a span becomes a time."""
        return {
            "status": self.status or None,
            "workflow_id": self.workflow_id or None,
            "q": self.q or None,
            "label": self.label or None,
            "since": span_start(self.since, now) or None,
            "until": span_start(self.until, now) or None,
            "cursor": self.cursor or None,
        }
