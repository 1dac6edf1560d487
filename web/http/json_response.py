"""JSON answers: compact, UTF-8, and never broken by text that UTF-8 cannot carry."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonResponse(JSONResponse):
    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # A lone surrogate (say, in the message of an error about a file name) becomes its JSON escape.
        return text.encode("utf-8", "backslashreplace")


class ProblemResponse(JsonResponse):
    media_type = "application/problem+json"
