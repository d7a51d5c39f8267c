"""What the documentation tells people to paste fits the API and the command line as they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from graphql import parse, validate
from plumb_server.cli import app
from support.product_schema import product_schema

ROOT = Path(__file__).parents[2]
RECORDS = {"benchmarks.md", "map.md", "rows.md", "reference.md"}
"""What was measured once, or is made from the code."""
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name not in RECORDS)]
BLOCK = re.compile(r"```(graphql|sh)\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`([^`\n]*)`")
WORDS = re.compile(r"(?:^|(?<!-n)[\s`]|bin/)plumb((?: +(?:--)?[a-z][a-z-]*)+)")
"""The words behind `plumb`: commands, sub-commands, options and, from some word on, what is given to them."""


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        yield from ((page.name, text) for found, text in BLOCK.findall(page.read_text()) if found == kind)


def lines() -> Iterator[tuple[str, str]]:
    """Yield what is in shell blocks and between backticks, each line by its page."""
    for page in PAGES:
        text = page.read_text()
        shell = "\n".join(found for kind, found in BLOCK.findall(text) if kind == "sh")
        yield from ((page.name, line.partition("#")[0]) for line in shell.splitlines())
        yield from ((page.name, line) for line in INLINE.findall(BLOCK.sub("", text)))


@pytest.mark.parametrize(("page", "document"), list(blocks("graphql")))
def test_each_document_fits_the_schema(page: str, document: str) -> None:
    assert [fault.message for fault in validate(product_schema(), parse(document))] == [], page


def test_each_command_and_option_is_there() -> None:
    root = typer.main.get_command(app)
    asked = [(page, found[1].split()) for page, line in lines() for found in WORDS.finditer(line)]
    assert len(asked) > 15
    assert [(page, words) for page, words in asked if not is_known(root, words)] == []


def is_known(command: Any, words: list[str]) -> bool:
    """Tell whether words lead to a command and every option among them is one of it."""
    while isinstance(command, TyperGroup):
        if not words or words[0] not in command.commands:
            return False
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    return all(word in known for word in words if word.startswith("--"))
