"""`POST /zone`: the time zone that pages are rendered in, kept in a cookie."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.http.forms import Form, own_path, reading_form, see
from celeriac.web.preferences import zone_page as zone_page
from celeriac.web.preferences.theme import YEAR
from celeriac.web.ui import time_zones


@reading_form
def update(request: Request, form: Form) -> Response:
    """`zone`: a name, prefixed with `local:` if it is the browser's own. 422 for an unknown zone."""
    choice, return_to = form.one("zone"), form.one("return_to", "/")
    zone = time_zones.read(choice)
    if zone is None:
        return zone_page.show(
            request, return_to, refused=choice.removeprefix(time_zones.LOCAL) or "''", status=422
        )
    response = see(own_path(return_to))
    if zone == time_zones.UTC:
        response.delete_cookie(time_zones.COOKIE, httponly=True, samesite="lax")
    else:
        response.set_cookie(time_zones.COOKIE, zone.choice, max_age=YEAR, httponly=True, samesite="lax")
    return response
