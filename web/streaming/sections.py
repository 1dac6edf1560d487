"""Sections of a page that are sent again when they differ from what was sent last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from celeriac.web.streaming.messages import partial
from celeriac.web.ui.rendering import render_partial

#: What shows how many are active: beside the list's name in the rail, and on the button that cancels them all.
ACTIVE_COUNT = {"active-executions": "components/_active.html"}

_TICKING = re.compile(r'(data-since="[^"]+">)[^<]*')


class Sections:
    """Sections of a page by element id, each sent when it differs from what was sent last."""

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}

    def changed(self, templates: Mapping[str, str], context: dict[str, Any]) -> str:
        html = []
        for element, template in templates.items():
            section = render_partial(template, context)
            still = _TICKING.sub(r"\1", section)
            if self._sent.get(element) != still:
                self._sent[element] = still
                html.append(partial(element, section))
        return "".join(html)
