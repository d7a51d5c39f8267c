"""Domains that follow another one's acts are declared in one list each, or a process that never met them would forget them."""

import ast
from pathlib import Path

import pytest

from plumb_tenants.goals import guards

ROOM = Path(__file__).parents[2] / "tenants"


def registering(*decorators: str) -> set[str]:
    """Return the modules of the room in which a function is decorated by one of these."""
    found = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and {ast.unparse(each) for each in node.decorator_list} & set(decorators):
                found.add(".".join(path.relative_to(ROOM).with_suffix("").parts))
    return found


@pytest.mark.parametrize(
    ("declared", "decorators"),
    [(guards.MODULES, ("on_confirming", "on_confirmed", "on_withdrawing", "on_withdrawn"))],
    ids=["goals"],
)
def test_who_registers_is_declared_and_who_is_declared_registers(declared: tuple[str, ...], decorators: tuple[str, ...]) -> None:
    assert set(declared) == registering(*decorators)
    assert len(declared) == len(set(declared))
