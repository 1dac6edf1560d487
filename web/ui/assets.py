"""Static files as served: joined, hashed into the name, compressed at start, cached for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import rjsmin  # type: ignore[import-untyped]
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.ui import paths

#: The order matters: the first stylesheet declares the layers, htmx must load before its extension.
STYLESHEETS: tuple[str, ...] = (  # below static/css
    "tokens.css",
    "base.css",
    "frame.css",
    "heads.css",
    "controls.css",
    "rows.css",
    "json.css",
    "levels.css",
    "overview.css",
    "workflows.css",
    "forms.css",
    "definitions.css",
    "lists.css",
    "execution.css",
    "failures.css",
    "panel.css",
    "board.css",
    "drawing.css",
    "outcomes.css",
    "views.css",
    "live.css",
    "cleanup.css",
    "zones.css",
    "patterns.css",
    "narrow.css",
    "cards.css",
)
SCRIPTS: tuple[str, ...] = (  # below static
    "vendor/htmx-4.0.1.min.js",
    "vendor/hx-sse-4.0.1.min.js",
    "js/elapsed.js",
    "js/zones.js",
    "js/patch.js",
    "js/announce.js",
    "js/connection.js",
    "js/sharing.js",
    "js/live.js",
    "js/fetched.js",
    "js/copy.js",
    "js/select.js",
    "js/mistakes.js",
    "js/drawing.js",
    "js/paths.js",
    "js/views.js",
    "js/panel.js",
    "js/shortcuts.js",
)
#: Served individually under their own hashed names.
SINGLE_FILES: tuple[str, ...] = (  # below static
    "icons.svg",
    "favicon.svg",
    "favicon-pending.svg",
    "favicon-running.svg",
    "favicon-success.svg",
    "favicon-failure.svg",
    "favicon-cancelled.svg",
    "js/streams.js",  # runs in a worker of its own
)

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as served: `name` contains the hash of `plain`."""

    name: str
    media_type: str
    plain: bytes
    gzip: bytes
    brotli: bytes


def url(name: str) -> str:
    """The address of "app.css", "app.js" or one of `SINGLE_FILES`. Raises KeyError for any other name."""
    return f"/assets/{_assets()[name].name}"


def serve(request: Request) -> Response:
    """`GET /assets/{name}`: immutable, in the smallest encoding the browser accepts."""
    asset = _by_hashed_name().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, body in (("br", asset.brotli), ("gzip", asset.gzip)):
        if encoding in accepted and len(body) < len(asset.plain):
            headers["Content-Encoding"] = encoding
            return Response(body, media_type=asset.media_type, headers=headers)
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


def load() -> None:
    """Reads and compresses all files now, so that a missing file fails the start, not the first request."""
    _by_hashed_name()


@cache
def _assets() -> dict[str, Asset]:
    bundles = {
        "app.css": b"\n".join((paths.STATIC / "css" / name).read_bytes() for name in STYLESHEETS),
        # A file without a final semicolon must not merge with the beginning of the next.
        "app.js": b"\n;\n".join(_script(paths.STATIC / name) for name in SCRIPTS),
    }
    single = {name: _script(paths.STATIC / name) for name in SINGLE_FILES}
    return {name: _asset(name, content) for name, content in (bundles | single).items()}


@cache
def _by_hashed_name() -> dict[str, Asset]:
    return {asset.name: asset for asset in _assets().values()}


def _script(file: Path) -> bytes:
    """Our own scripts without comments and indentation; others, and what is no script, as published."""
    ours = file.suffix == ".js" and "vendor" not in file.parts
    return rjsmin.jsmin(file.read_bytes()) if ours else file.read_bytes()


def _asset(name: str, content: bytes) -> Asset:
    stem, suffix = Path(name).stem, Path(name).suffix
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(
        name=f"{stem}.{digest}{suffix}",
        media_type=_TYPES[suffix],
        plain=content,
        gzip=gzip.compress(content, 9, mtime=0),
        brotli=brotli.compress(content, quality=11),
    )
