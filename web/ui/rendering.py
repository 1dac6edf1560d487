"""Templates: one strict, escaping Jinja environment with gettext; pages for requests, partials for all."""

from __future__ import annotations

import gettext
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.web import hosts
from celeriac.web.plan import drawing
from celeriac.web.request import give_session, settings_of
from celeriac.web.ui import assets, layout, paths, time_zones
from celeriac.web.ui.json_tree import json_tree
from celeriac.web.ui.template_layout import TemplateLayout
from celeriac.words import formats, sentences
from celeriac.words.i18n import _

THEMES = ("light", "dark")
#: Variables of every page: `theme` ("light", "dark" or "" for the system's), `insecure` (everyone on the network has
#: access), `path` (of the request), `zone` (of times), `shortcuts` (single keys, on or off), and those of
#: `web/ui/layout.py`.
PAGE_VARIABLES = ("theme", "insecure", "path", "zone", "shortcuts", "active_executions", "here")


@cache
def environment() -> Environment:
    """The environment of the process. Globals: `asset(name)`, `drawing_of(…)`, …; filters: duration, local_time, number, …"""
    made = Environment(
        loader=FileSystemLoader(paths.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", TemplateLayout],
        auto_reload=False,
    )
    made.install_gettext_translations(gettext.NullTranslations(), newstyle=True)  # type: ignore[attr-defined]
    # Jinja's own costs ten times as much, and a page has a thousand of them.
    made.globals["_"] = _text
    made.filters["duration"] = formats.duration
    made.filters["local_time"] = time_zones.local_time
    made.filters["milliseconds"] = formats.milliseconds
    made.filters["number"] = formats.number
    made.filters["listing"] = sentences.listing
    made.filters["json_text"] = json_text
    made.filters["json_tree"] = json_tree
    made.globals["asset"] = assets.url
    made.globals["drawing_of"] = drawing.drawing_of
    made.globals["status_words"] = sentences.status_words
    made.globals["shown_zone"] = time_zones.page_zone
    return made


def _text(message: str, **variables: Any) -> Markup:
    """A message as HTML, its variables escaped; `%%` is a percent sign, as in every message of a template."""
    return Markup(_(message)) % variables if variables else _text_alone(message)  # noqa: S704  ours


@cache
def _text_alone(message: str) -> Markup:
    return Markup(_(message)) % {}  # noqa: S704  ours


def json_text(value: Any) -> str:
    """Indented JSON for people, in its own script (no \\u escapes)."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def render_partial(template: str, context: Mapping[str, Any]) -> str:
    """A partial as text, the same in a page, in an action's reply and live; only `context` is available. Times are in UTC."""
    return environment().get_template(template).render(context)


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page (or a fragment for htmx): `context` and `PAGE_VARIABLES`; times are in the selected zone."""
    with time_zones.in_zone(time_zones.chosen(request)):
        html = render_partial(template, {**_page_variables(request), **context})
    # A lone surrogate (an error quoting a file name that is not UTF-8) must not break the page that shows it.
    body = html.encode("utf-8", "replace")
    response = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    if status == 200:
        give_session(request, response)
    return response


def _page_variables(request: Request) -> dict[str, Any]:
    theme = request.cookies.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "insecure": hosts.is_open(settings_of(request)),
        "path": request.scope["path"],
        "zone": time_zones.page_zone(),
        "shortcuts": request.cookies.get("shortcuts") != "off",
        **layout.variables(request),
    }
