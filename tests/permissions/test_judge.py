"""The table of grants against casbin's own enforce (P4): random matrices, trees of units, role sets, rows and fields (C56)."""

import ast
from collections.abc import Iterator
from functools import cache
from random import Random
from types import SimpleNamespace
from uuid import UUID

import pytest
from casbin.util import expression

from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.judge import Judge, verdict
from plumb_platform.permissions.rules import Rule, default_rules
from plumb_tenants.goals.resources import GOAL
from support.matrix_oracle import FIELDS, Caller, Facts, field_shows, random_pair, reaches, row_is_reached

DECISIONS, ROWS, TENANT = 100_000, 10, UUID(int=7)
ROLES = ("admin", "manager", "employee", "auditor")
ASKED = (Permission.GOAL_READ, Permission.GOAL_REVISE, Permission.GOAL_CONFIRM)
FILTERS = ('state = "CONFIRMED"', "target > 500", 'NOT(title = "甲")')


def random_rules(source: Random) -> list[Rule]:
    """Return up to a dozen rules of all roles, some denying."""
    count = source.randint(1, 12)
    permissions = [source.choice(ASKED) for _ in range(count)]
    return [Rule(source.choice(ROLES), each.resource, each.action, random_pair(source, FILTERS)) for each in permissions]


def random_tree(source: Random) -> dict[UUID, frozenset[UUID]]:
    """Return units, each with all units above it and itself."""
    above: dict[UUID, frozenset[UUID]] = {}
    for number in range(1, 10):
        parent = source.choice([*above, None])
        above[UUID(int=number)] = (above[parent] if parent else frozenset()) | {UUID(int=number)}
    return above


def random_row(source: Random, tree: dict[UUID, frozenset[UUID]], people: list[UUID]) -> Facts:
    unit = source.choice([*tree, None])
    owners = frozenset(source.sample(people, source.randint(0, 1)))
    values = {"state": source.choice(["CONFIRMED", "PROPOSED"]), "title": source.choice(["甲", "乙", None])}
    return Facts(UUID(int=99), owners, unit, tree[unit] if unit else frozenset(), values)


def worlds(source: Random) -> Iterator[tuple[list[Rule], frozenset[str], Caller, list[Facts]]]:
    while True:
        tree, people = random_tree(source), [UUID(int=100 + number) for number in range(3)]
        caller = Caller(source.choice(people), source.choice(list(tree)))
        rows = [random_row(source, tree, people) for _ in range(ROWS)]
        yield random_rules(source), frozenset(source.sample(ROLES, source.randint(0, 3))), caller, rows


def test_the_table_decides_as_casbin_does(monkeypatch: pytest.MonkeyPatch) -> None:
    # Casbin reads the text of its one matcher anew for each decision, a fifth of the time: here it is read once.
    monkeypatch.setattr(expression, "ast", SimpleNamespace(parse=cache(ast.parse)))
    source, decided, allowed = Random(20261125), 0, 0
    for rules, roles, caller, rows in worlds(source):
        judge, grants = Judge(TENANT, rules, roles), Grants(verdict(TENANT, rules, roles))
        for permission in ASKED:
            for row in rows:
                pairs = grants.of(permission)
                for field in ("", source.choice(FIELDS)):

                    def met(pair: Pair, caller: Caller = caller, row: Facts = row) -> bool:
                        return reaches(pair, caller, row, GOAL)

                    expected = judge.allows(permission, met, field)
                    found = field_shows(pairs, field, caller, row, GOAL) if field else row_is_reached(pairs, caller, row, GOAL)
                    assert found is expected, (rules, roles, permission, field)
                    decided, allowed = decided + 1, allowed + expected
                assert grants.allows(permission) or not row_is_reached(pairs, caller, row, GOAL)
        if decided >= DECISIONS:
            break
    assert DECISIONS / 10 < allowed < DECISIONS / 2


def test_roles_of_the_default_matrix_hold_what_they_held() -> None:
    grants = Grants(verdict(TENANT, default_rules(), frozenset({"employee", "manager"})))
    assert grants.scope(Permission.GOAL_READ) is Scope.SUBTREE
    assert grants.scope(Permission.GOAL_CONFIRM) is Scope.OWN
    assert grants.scope(Permission.PLAN_WRITE) is Scope.NONE
    assert not grants.allows(Permission.MEMBER_INVITE)
    assert grants.of(Permission.GOAL_READ) == (Pair(Scope.SUBTREE),)


def test_a_role_that_the_matrix_does_not_have_grants_nothing() -> None:
    assert verdict(TENANT, default_rules(), frozenset({"stranger"})) == {}
    assert verdict(TENANT, default_rules(), frozenset()) == {}
