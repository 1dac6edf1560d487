"""JSON responses: compact UTF-8, safe for text that UTF-8 cannot encode."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonResponse(JSONResponse):
    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # A lone surrogate (for example from a file name in an error message) becomes its JSON escape.
        return text.encode("utf-8", "backslashreplace")


class ProblemResponse(JsonResponse):
    media_type = "application/problem+json"
