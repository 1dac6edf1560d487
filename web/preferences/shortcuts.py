"""`POST /shortcuts`: turns single-key shortcuts on or off, in a cookie that the server renders from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.http.forms import Form, own_path, reading_form, see
from celeriac.web.preferences.theme import YEAR


@reading_form
def update(request: Request, form: Form) -> Response:
    response = see(own_path(form.one("return_to", "/help")))
    if form.one("shortcuts") == "off":
        response.set_cookie("shortcuts", "off", max_age=YEAR, httponly=True, samesite="lax")
    else:
        response.delete_cookie("shortcuts", httponly=True, samesite="lax")
    return response
