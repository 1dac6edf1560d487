"""Where the web process may listen before there is a login."""

from __future__ import annotations

import pytest

from celeriac.engine.errors import InvalidSetting
from celeriac.engine.settings import Settings
from celeriac.web.hosts import accepted_hosts, refuse_open_listening


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_listening_is_allowed_when_the_address_is_loopback(host: str) -> None:
    refuse_open_listening(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "board.example", ""])
def test_listening_is_refused_when_others_could_reach_it(host: str) -> None:
    with pytest.raises(InvalidSetting, match=r"CELERIAC_HOST=.*CELERIAC_INSECURE_NO_AUTH=1"):
        refuse_open_listening(Settings(host=host))


def test_listening_is_allowed_when_openness_is_wished() -> None:
    refuse_open_listening(Settings(host="0.0.0.0", insecure_no_auth=True))


def test_own_address_is_accepted_as_host_when_it_is_no_wildcard() -> None:
    assert "192.168.1.5" in accepted_hosts(Settings(host="192.168.1.5"))
    assert "[fd00::5]" in accepted_hosts(Settings(host="fd00::5"))
    assert accepted_hosts(Settings(host="0.0.0.0")) == {"localhost", "127.0.0.1", "[::1]"}


@pytest.mark.parametrize(
    "name", ["https://board.example", "board.example:8000", "*", "a b", "board.example/x"]
)
def test_allowed_host_is_refused_when_no_browser_could_send_it(name: str) -> None:
    with pytest.raises(InvalidSetting, match="CELERIAC_ALLOWED_HOSTS"):
        accepted_hosts(Settings(allowed_hosts=(name,)))
