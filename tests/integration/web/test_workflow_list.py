"""The list of workflows goes by pages, without JavaScript."""

from __future__ import annotations

import re

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.web.workflows.page import PAGE_SIZE
from tests.integration.web.conftest import ApiClient
from tests.support.workflows import chain

MORE = 3


@pytest.fixture
def many(engine: WorkflowEngine) -> list[str]:
    """The ids of more workflows than a page shows, sorted."""
    ids = [f"flow-{number:03}" for number in range(PAGE_SIZE + MORE)]
    for workflow_id in ids:
        engine.register_workflow(workflow_id, chain(1))
    engine.publish_workflows()
    return engine.workflows.ids()


def listed(page: str) -> list[str]:
    return re.findall(r'<tr id="w-([^"]+)"', page)


def test_every_workflow_is_on_one_page_when_they_are_followed(client: ApiClient, many: list[str]) -> None:
    first = client.get("/workflows").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = client.get(following).text

    assert listed(first) + listed(second) == many
    assert 'rel="next"' not in second
    assert re.findall(r'rel="prev" href="([^"]+)"', second) == ["/workflows"]


@pytest.mark.parametrize("offset", ["-1", "x", "99999", "1e3"])
def test_the_first_page_is_shown_when_an_offset_leads_nowhere(
    client: ApiClient, many: list[str], offset: str
) -> None:
    assert listed(client.get(f"/workflows?offset={offset}").text) == many[:PAGE_SIZE]
