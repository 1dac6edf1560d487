"""Lets templates be written with one element per line, indented, without any of that in the page.

A line break and the indentation after it leave nothing between elements, texts and statements: where a space is wanted,
the line ends with `{{ " " }}`. Between the attributes of a tag they are one space. `<pre>` and `<textarea>` are kept
as they are written.
"""

from __future__ import annotations

import re

from jinja2.ext import Extension

_JINJA = r"\{\{.*?\}\}|\{%.*?%\}|\{\#.*?\#\}"
_QUOTED = rf"\"(?:{_JINJA}|[^\"])*+\"|'[^']*'"
_TAG = rf"<(?=[a-z/!{{])(?>{_JINJA}|{_QUOTED}|[^<>\"'])*+>"
_PART = re.compile(
    rf"(?P<kept><(pre|textarea)\b.*?</\2>)|(?P<jinja>{_JINJA})|(?P<tag>{_TAG})|(?P<text>[^<{{]+|.)", re.DOTALL
)
# A comment right after a brace would be read as the beginning of an expression.
_BREAK = re.compile(r"(?<!\{)[ \t]*\n\s*")
# A statement brings its own space, `{% if … %} hidden{% endif %}`: an attribute that is not there costs nothing.
_BREAK_IN_TAG = re.compile(rf"(?P<jinja>{_JINJA})|(?<!\{{)[ \t]*\n\s*(?P<ahead>(?=/?>|\{{%))?", re.DOTALL)


class TemplateLayout(Extension):
    """Removes the layout of a template from its source before Jinja reads it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return without_layout(source)


def without_layout(source: str) -> str:
    """Returns the source with as many lines: each line break is inside a comment, so that errors name the right line."""
    return "".join(_part(found) for found in _PART.finditer(source))


def _part(found: re.Match[str]) -> str:
    text = found[0]
    if found["kept"] or found["jinja"]:
        return text
    if found["tag"]:
        return _BREAK_IN_TAG.sub(_break_in_tag, text)
    return _BREAK.sub(_hidden, text)


def _break_in_tag(found: re.Match[str]) -> str:
    if found["jinja"]:
        return found[0]
    return _hidden(found) if found["ahead"] is not None else f"{_hidden(found)} "


def _hidden(line_break: re.Match[str]) -> str:
    return "{#" + "\n" * line_break[0].count("\n") + "#}"
