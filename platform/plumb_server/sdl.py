"""The golden SDL: `python -m plumb_server.sdl --check` fails when the schema and `schema/schema.graphql` differ."""

import argparse
import dataclasses
import difflib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from graphql.language import DocumentNode, Node

import plumb_schema
from graphql import build_schema, find_breaking_changes, find_dangerous_changes, parse, print_ast
from plumb_schema.schema import make_schema

GOLDEN = Path(plumb_schema.__file__).parents[1] / "schema.graphql"
N = TypeVar("N", bound=Node)
SORTED_PARTS = ("definitions", "fields", "arguments", "values", "types", "interfaces", "directives", "locations")


@cache
def sdl() -> str:
    """Return the product's schema as text, sorted, with the permission of every field; made once, for code does not change."""
    return print_ast(sorted_document(parse(make_schema().as_str()))) + "\n"


def sorted_document(document: DocumentNode) -> DocumentNode:
    """Return the document with all that has no order of its own sorted by name."""
    return _sorted(document)


def changes(old: str, new: str) -> tuple[list[str], list[str]]:
    """Return the breaking and the dangerous changes from one SDL to another, one line each."""
    before, after = (build_schema(text, assume_valid_sdl=True) for text in (old, new))
    breaking = [f"{change.type.name}: {change.description}" for change in find_breaking_changes(before, after)]
    dangerous = [f"{change.type.name}: {change.description}" for change in find_dangerous_changes(before, after)]
    return breaking, dangerous


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the golden file, or compare with it and say what would break clients."""
    parser = argparse.ArgumentParser(prog="plumb_server.sdl", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the golden file")
    parser.add_argument("--check", action="store_true", help="fail when the golden file differs (the default)")
    options = parser.parse_args(arguments)
    new = sdl()
    if options.write:
        GOLDEN.write_text(new, encoding="utf-8")
        return 0
    old = GOLDEN.read_text(encoding="utf-8") if GOLDEN.exists() else ""
    return 0 if old == new else _report(old, new)


def _report(old: str, new: str) -> int:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "schema.graphql", "the code", lineterm="", n=2)
    print("\n".join(lines))
    breaking, dangerous = changes(old, new) if old else ([], [])
    for title, found in (("BREAKING", breaking), ("DANGEROUS", dangerous)):
        for line in found:
            print(f"{title} {line}")
    print("schema.graphql 与代码不一致；确认后运行 python -m plumb_server.sdl --write")
    print("schema.graphql differs from the code; once agreed, run python -m plumb_server.sdl --write")
    return 1


def _sorted(node: N) -> N:
    parts: dict[str, tuple[Node, ...]] = {}
    for part in SORTED_PARTS:
        children = getattr(node, part, None)
        if isinstance(children, tuple):
            parts[part] = tuple(sorted((_sorted(child) for child in children), key=_name))
    return cast(N, dataclasses.replace(cast(Any, node), **parts)) if parts else node


def _name(node: Node) -> tuple[str, str]:
    named = getattr(node, "name", node)
    return getattr(named, "value", ""), node.kind


if __name__ == "__main__":
    sys.exit(main())
