"""Every link, button and field is reached with the Tab key and shows that it has the focus; nothing moves for who wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

from tests.support.executions import wait_until_ended
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

PAGES = [
    "/",
    "/workflows/data_processing",
    "/workflows/data_processing/launch",
    "/executions?workflow_id=failing_once",
    "/executions/{failed}",
    "/executions/{failed}?view=steps",
    "/executions/{failed}?view=timeline",
    "/executions/{failed}?view=log",
    "/executions/{failed}/steps/load",
    "/executions/{failed}/retry",
    "/cleanup?max_age_hours=0&statuses=success",
    "/help",
]
#: What can be used. In a drawing arrow keys lead on, of radio buttons as well; neither is a stop each.
MARK = """() => {
  const used = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  for (const el of document.querySelectorAll(used)) {
    const aside = el.matches('[type=radio], .drawing .plan a, :disabled, [tabindex="-1"]');
    if (!aside && el.checkVisibility({ visibilityProperty: true })) el.setAttribute('data-unreached', '');
  }
  window.ringless = [];
  document.addEventListener('focusin', ({ target }) => {
    target.removeAttribute('data-unreached');
    const rings = (el) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(el);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    };
    const shown = [target, ...target.labels ?? [], target.parentElement, ...target.querySelectorAll('rect, .box')];
    if (!shown.some(rings)) window.ringless.push(target.outerHTML.slice(0, 120));
  });
  return document.querySelectorAll('[data-unreached]').length;
}"""
LEFT = "() => [...document.querySelectorAll('[data-unreached]')].map(el => el.outerHTML.slice(0, 120))"
#: Animations and transitions that last, on elements and on what styles draw before and after them.
MOVES = """() => [...document.querySelectorAll('*')].flatMap((el) => [null, '::before', '::after', '::-webkit-progress-value']
  .filter((part) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(el, part);
    const lasts = transitionDuration.split(',').some((each) => parseFloat(each) > 0);
    return lasts || animationName !== 'none' || scrollBehavior === 'smooth';
  }).map((part) => `${el.outerHTML.slice(0, 80)}${part ?? ''}`))"""


@pytest.fixture(scope="module")
def failed(shared_engine: WorkflowEngine, base_url: str) -> str:
    fails = step("load", "fail", retry_count=0)
    shared_engine.register_workflow("failing_once", [step("find"), fails, step("later", after="load")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("failing_once", {})
    wait_until_ended(shared_engine, execution_id)
    return execution_id


@pytest.mark.parametrize("path", PAGES)
def test_everything_is_reached_and_shows_its_focus_when_tab_is_pressed(
    page: Page, failed: str, path: str
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(path.format(failed=failed))

    for _ in range(page.evaluate(MARK) + 5):
        page.keyboard.press("Tab")

    assert page.evaluate(LEFT) == []
    assert page.evaluate("() => window.ringless") == []
    assert page.evaluate(MOVES) == []
