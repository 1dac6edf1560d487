"""Sections of a page that are sent again if they differ from the last ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from celeriac.web.streaming.messages import partial
from celeriac.web.ui.rendering import render_partial

#: Elements with the number of active executions: beside the list's name in the navigation, and on the button to cancel all.
ACTIVE_COUNT = {"active-executions": "components/_active.html"}

_TICKING = re.compile(r'(data-since="[^"]+">)[^<]*')


class Sections:
    """Sections of a page by element id, each sent if it differs from the last one."""

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
