"""A check costs a look-up, however many rules a matrix has and whatever they say, and casbin's own enforce thousands (P1)."""

import sys
import time
from collections.abc import Callable
from random import Random
from types import FrameType
from uuid import UUID

from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.judge import Judge, verdict
from plumb_platform.permissions.rules import Rule

TENANT, ASKED, TIMES = UUID(int=7), Permission.GOAL_READ, 200_000


def rules_of(roles: int) -> list[Rule]:
    """Return a matrix in which each role has many permissions, with filters, fields and denials."""
    source, found = Random(roles), []
    for number in range(roles):
        for each in [ASKED, *source.sample(list(Permission), 20)]:
            fields = frozenset({"Goal.title", "Goal.target"}) if source.random() < 0.3 else None
            pair = Pair(source.choice(list(Scope)[1:]), source.choice(("", "target > 500")), fields, source.random() < 0.2)
            found.append(Rule(f"role{number}", each.resource, each.action, pair))
        found.append(Rule(f"role{number}", ASKED.resource, ASKED.action, Pair(Scope.UNIT)))
    return found


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called, of Python and of C."""
    calls = 0

    def count(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the processor time of one call, the least of three rounds."""
    found = []
    for _ in range(3):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times)
    return min(found)


def test_a_check_calls_as_little_for_one_rule_as_for_hundreds() -> None:
    called = set()
    for roles in (1, 12):
        rules = rules_of(roles)
        grants = Grants(verdict(TENANT, rules, frozenset(rule.role for rule in rules)))
        for asked in (ASKED, Permission.GOAL_BYPASS):
            called.add((calls_of(lambda: grants.allows(asked)), calls_of(lambda: grants.scope(asked))))  # noqa: B023 - called here
    # What is called is the check itself, the lambda around it, the end of counting and, for the scope, one look-up.
    assert called == {(3, 4)}


def test_a_check_costs_a_thousand_times_less_than_casbins_own_over_hundreds_of_rules() -> None:
    rules = rules_of(12)
    everything = frozenset(rule.role for rule in rules)
    judge, grants = Judge(TENANT, rules, everything), Grants(verdict(TENANT, rules, everything))
    assert grants.allows(ASKED)
    enforce = seconds(lambda: judge.allows(ASKED.value, lambda _: True), 2)
    for check in (lambda: grants.allows(ASKED), lambda: grants.scope(ASKED)):
        assert enforce > 1_000 * seconds(check, TIMES)
