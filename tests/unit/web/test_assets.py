"""Static files as served: one bundle per kind, named by content, immutable, in the best encoding."""

from __future__ import annotations

import re

import pytest

from celeriac.web.ui import assets, paths
from tests.support.asgi import AsgiClient


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
@pytest.mark.parametrize("name", ["app.css", "app.js", *assets.SINGLE_FILES])
def test_asset_is_the_same_when_it_travels_in_another_encoding(
    client: AsgiClient, name: str, encoding: str
) -> None:
    plain = client.get(assets.url(name), headers={"accept-encoding": "identity"})

    answer = client.get(assets.url(name), headers={"accept-encoding": encoding})

    assert answer.status_code == 200
    assert answer.content == plain.content
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_bundles_are_compressed_when_the_browser_takes_brotli(client: AsgiClient) -> None:
    for name in ("app.css", "app.js"):
        answer = client.get(assets.url(name), headers={"accept-encoding": "gzip, deflate, br;q=0.9"})
        assert answer.headers["content-encoding"] == "br"


def test_all_scripts_together_stay_small_when_they_travel(client: AsgiClient) -> None:
    answer = client.get(assets.url("app.js"), headers={"accept-encoding": "gzip"})

    # What travels; the client has unpacked it.
    assert int(answer.headers["content-length"]) <= 25_000


def test_name_carries_a_hash_when_it_is_asked_for() -> None:
    assert re.fullmatch(r"/assets/app\.[0-9a-f]{12}\.css", assets.url("app.css"))


def test_unknown_asset_is_an_error_when_a_template_asks_for_it() -> None:
    with pytest.raises(KeyError):
        assets.url("no-such-file.css")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/app.css",
        "/assets/app.000000000000.css",
        "/assets/..%2fcss%2fbase.css",
        "/static/css/base.css",
    ],
)
def test_file_is_not_served_when_its_name_is_not_the_hashed_one(client: AsgiClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_own_stylesheet_and_script_is_served_when_it_exists() -> None:
    stylesheets = {file.name for file in (paths.STATIC / "css").glob("*.css")}
    scripts = {f"js/{file.name}" for file in (paths.STATIC / "js").glob("*.js")}

    assert stylesheets == set(assets.STYLESHEETS)
    assert scripts <= {*assets.SCRIPTS, *assets.SINGLE_FILES}


def test_htmx_comes_before_its_extension_in_one_file_when_a_page_loads() -> None:
    """In two deferred files the extension may come too late to be asked: no page would connect."""
    scripts = [name for name in assets.SCRIPTS if "vendor/" in name]
    tags = re.findall(r"<script[^>]*>", (paths.TEMPLATES / "layout.html").read_text())

    assert [name.split("-4")[0] for name in scripts] == ["vendor/htmx", "vendor/hx-sse"]
    assert len(tags) == 1
