"""`POST /cleanup`: removes the executions of the preview, and no others."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.manager import WorkflowManager
from celeriac.web.cleanup import page
from celeriac.web.http.forms import Form, is_count, reading_form, see
from celeriac.web.request import actor_of, engine_of
from celeriac.words.i18n import _


@reading_form
def create(request: Request, form: Form) -> Response:
    """Requires `before` and `count` of the preview; above a thousand also the number in `typed`."""
    rule = page.CleanupRule.read(dict(form.fields), form.every("statuses"))
    before, count = form.one("before"), form.one("count")
    if rule.mistakes or not before or not is_count(count):
        again = _("Nothing was removed: check the preview, then confirm it.")
        return page.show(request, rule, again=again, status=422)
    typed = form.one("typed").replace(",", "").strip()
    if int(count) > page.TYPE_ABOVE and typed != count:
        again = _("Nothing was removed: the number of the preview was not typed.")
        return page.show(request, rule, before=before, again=again, status=422)
    manager = WorkflowManager(engine_of(request))
    removed = manager.cleanup_completed_executions(
        rule.max_age_hours, statuses=rule.statuses, before=before, actor=actor_of(request)
    )
    query = [("max_age_hours", rule.hours), *(("statuses", status) for status in rule.statuses)]
    return see(f"/cleanup?{urlencode([*query, ('removed', str(removed))])}")
