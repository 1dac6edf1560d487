"""Help lists the shortcuts that there are; who does not want them turns them off."""

from __future__ import annotations

import re

from celeriac.web.ui import paths
from tests.support.asgi import AsgiClient

SCRIPT = (paths.STATIC / "js" / "shortcuts.js").read_text()


def keys_of(table: str) -> list[str]:
    """The keys of an object literal of the script."""
    found = re.search(rf"const {table} = {{(.*?)\n?\s*}};", SCRIPT, re.DOTALL)
    assert found
    return re.findall(r"(?:^|,)\s+'?([^\s',:]+)'?: ", found[1])


def test_help_lists_every_shortcut_when_the_script_has_it(client: AsgiClient) -> None:
    listed = re.findall(r'data-keys="([^"]+)"', client.get("/help").text)

    assert sorted(listed) == sorted([*keys_of("ACTIONS"), *(f"g {key}" for key in keys_of("PLACES"))])


def test_they_stay_off_when_somebody_has_turned_them_off(client: AsgiClient) -> None:
    assert " data-shortcuts" in client.get("/help").text

    answer = client.post("/shortcuts", data={"shortcuts": "off", "return_to": "/help#keyboard"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/help#keyboard"
    cookie = answer.headers["set-cookie"].partition(";")[0]
    off = client.get("/help", headers={"cookie": cookie}).text
    assert " data-shortcuts" not in off
    assert "Turn shortcuts on" in off


def test_they_are_on_again_when_somebody_turns_them_on(client: AsgiClient) -> None:
    answer = client.post("/shortcuts", data={"shortcuts": "on"})

    assert answer.headers["location"] == "/help"
    assert 'shortcuts=""' in answer.headers["set-cookie"]


def test_nobody_is_sent_elsewhere_when_the_form_says_so(client: AsgiClient) -> None:
    answer = client.post("/shortcuts", data={"shortcuts": "off", "return_to": "https://evil.example/"})

    assert answer.headers["location"] == "/"
