"""Checks the references of an input schema: they must lead to a schema in the same document, and never in a circle. Pure.

Nothing is fetched: external schemas are refused, so that a launch does not depend on another server.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from celeriac.engine.workflows.json.quoting import quoted, shorten

if TYPE_CHECKING:
    from referencing import Resource
    from referencing._core import Resolver

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_REFERENCES = ("$ref", "$dynamicRef")
#: Keywords whose schemas apply to the value itself, not to a part of it.
_ON_THE_VALUE = ("not", "if", "then", "else")
_ALL_ON_THE_VALUE = ("allOf", "anyOf", "oneOf")


def find_reference_problems(schema: dict[str, Any]) -> list[str]:
    """The problems of `$ref`, `$dynamicRef` and `$schema`, as sentences. For schemas that are valid otherwise."""
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    resource = DRAFT202012.create_resource(schema)
    found = _Subschemas()
    found.enter(resource, Registry().resolver_with_root(resource))
    problems = list(dict.fromkeys([*found.dialect_problems(), *found.resolve()]))
    return problems or found.circles()


class _Subschemas:
    """Every schema within the document, by identity, with the resolver of its references."""

    def __init__(self) -> None:
        self._all: dict[int, tuple[dict[str, Any], Resolver[Any]]] = {}
        #: Identity → the schemas applied to the same value.
        self._applied: dict[int, list[int]] = {}

    def enter(self, resource: Resource[Any], resolver: Resolver[Any]) -> None:
        if isinstance(resource.contents, dict):
            self._all[id(resource.contents)] = resource.contents, resolver
        for inner in resource.subresources():
            self.enter(inner, resolver.in_subresource(inner))

    def dialect_problems(self) -> Iterator[str]:
        for schema, _ in self._all.values():
            dialect = schema.get("$schema", DIALECT)
            if str(dialect).rstrip("#") != DIALECT:
                yield f"$schema {quoted(dialect)} is not supported; leave it out or write {DIALECT}"

    def resolve(self) -> Iterator[str]:
        """Follows every reference, and records which schemas apply to the same value. Yields broken references."""
        for identity, (schema, resolver) in self._all.items():
            targets = [id(inner) for inner in _applied_in_place(schema)]
            for keyword in _REFERENCES:
                if keyword in schema:
                    target = _target(schema[keyword], resolver)
                    if isinstance(target, dict) and id(target) in self._all:
                        targets.append(id(target))
                    elif not isinstance(target, bool):
                        yield self._leads_nowhere(keyword, schema[keyword])
            self._applied[identity] = [target for target in targets if target in self._all]

    def circles(self) -> list[str]:
        """The first endless circle of schemas for one value, as a list of at most one sentence."""
        try:
            TopologicalSorter(self._applied).prepare()
        except CycleError as error:
            schemas = [self._all[identity][0] for identity in error.args[1][1:]]
            links = [schema[key] for schema in reversed(schemas) for key in _REFERENCES if key in schema]
            path = " -> ".join(shorten(link) for link in [*links, links[0]][:12])
            return [f"circular reference: {path} (it never goes into the value); remove one of them"]
        return []

    def _leads_nowhere(self, keyword: str, reference: str) -> str:
        if not reference.startswith("#"):
            remedy = "schemas are not fetched: copy it under $defs and refer to it as '#/$defs/…'"
            return f"{keyword} {quoted(reference)} is not in this schema; {remedy}"
        root = next(iter(self._all.values()))[0]
        known = [f"#/$defs/{name}" for name in root.get("$defs", {})]
        near = get_close_matches(reference, known, n=1)
        remedy = f"did you mean {quoted(near[0])}?" if near else "write the schema it means under $defs"
        return f"{keyword} {quoted(reference)} leads to no schema; {remedy}"


def _applied_in_place(schema: dict[str, Any]) -> Iterator[Any]:
    for keyword in _ON_THE_VALUE:
        yield schema.get(keyword)
    for keyword in _ALL_ON_THE_VALUE:
        yield from schema.get(keyword, ())
    yield from schema.get("dependentSchemas", {}).values()


def _target(reference: str, resolver: Resolver[Any]) -> Any:
    """The target of a reference; None if there is none."""
    from referencing.exceptions import Unresolvable

    try:
        return resolver.lookup(reference).contents
    except (Unresolvable, ValueError):
        return None
