"""`POST /theme`: light, dark or the system's theme, in a cookie that the server renders from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.http.forms import Form, own_path, reading_form, see
from celeriac.web.ui.rendering import THEMES

YEAR = 365 * 24 * 3600


@reading_form
def update(request: Request, form: Form) -> Response:
    response = see(own_path(form.one("return_to", "/")))
    theme = form.one("theme")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, httponly=True, samesite="lax")
    else:
        response.delete_cookie("theme", httponly=True, samesite="lax")
    return response
