"""The layout of a template leaves nothing in the page, and the numbers of its lines are kept."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment, TemplateSyntaxError

from celeriac.web.ui.template_layout import TemplateLayout, without_layout


def rendered(source: str, **context: object) -> str:
    return Environment(extensions=[TemplateLayout]).from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>\n", "<ul><li>one</li><li>two</li></ul>"),
        ("<p>\n  {{ a }}\n</p>", "<p>A</p>"),
        ('<p>\n  {{ a }}{{ " " }}\n  <b>b</b>\n</p>', "<p>A <b>b</b></p>"),
        ("<p>one <b>two</b> three</p>", "<p>one <b>two</b> three</p>"),
        ("{% if a %}\n  <p>\n    {{ a }}\n  </p>\n{% endif %}\n", "<p>A</p>"),
        ("{# why #}\n\n<p></p>", "<p></p>"),
        ("<td>\n</td>", "<td></td>"),
    ],
)
def test_line_breaks_leave_nothing_when_they_are_between_elements(source: str, page: str) -> None:
    assert rendered(source, a="A") == page


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ('<a\n  class="b"\n  href="/"\n>', '<a class="b" href="/">'),
        ("<use\n  x='1'\n/>", "<use x='1'/>"),
        ('<a\n  class="b"\n  {% if a %} hidden{% endif %}\n  id="c"\n>', '<a class="b" hidden id="c">'),
        ('<a\n  class="b"\n  {% if not a %} hidden{% endif %}\n>', '<a class="b">'),
        ('<a\n  {% if a %}\n    hidden\n  {% endif %}\n  id="c"\n>', '<a hidden id="c">'),
        ('<a class="b\n  c"\n  title="{{ a if 2 > 1 else\n  "" }}">', '<a class="b c" title="A">'),
        ("<{{ a }}\n  id='x'>", "<A id='x'>"),
    ],
)
def test_line_breaks_are_one_space_when_they_are_between_attributes(source: str, page: str) -> None:
    assert rendered(source, a="A") == page


@pytest.mark.parametrize("element", ["pre", "textarea"])
def test_lines_are_kept_when_the_element_shows_them(element: str) -> None:
    source = f'<{element} class="a">\n  one\n    {{{{ a }}}}\n</{element}>'

    assert rendered(source, a="A") == source.replace("{{ a }}", "A")


def test_the_line_is_named_when_a_template_is_wrong() -> None:
    source = '<p\n  class="a"\n>\n\n  <b>\n  </b>\n</p>\n{% nonsense %}\n'

    with pytest.raises(TemplateSyntaxError) as raised:
        Environment(extensions=[TemplateLayout], loader=DictLoader({"a": source})).get_template("a")

    assert raised.value.lineno == 8
    assert without_layout(source).count("\n") == source.count("\n")
