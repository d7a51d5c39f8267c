"""Measure a permission check beside casbin's own enforce, the first use of a company, and what a company costs in memory."""

import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from uuid import UUID, uuid4

from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.judge import Judge, verdict
from plumb_platform.permissions.rules import Rule, default_rules

ROLES, ROUNDS, CHECKS, COMPANIES = 20, 20, 200_000, 200
"""Goals P1 to P3: a check costs at most 0.3 us and 10,000 times less than enforce, a first use 4 ms, a company 10 kB."""


def large_matrix(source: random.Random) -> list[Rule]:
    """Return a matrix of 20 roles with every permission."""
    scopes = [Scope.OWN, Scope.UNIT, Scope.SUBTREE, Scope.COMPANY]
    return [
        Rule(f"role{place}", each.resource, each.action, Pair(source.choice(scopes)))
        for place in range(ROLES)
        for each in Permission
    ]


def microseconds(work: Callable[[], object], times: int) -> float:
    """Return the median processor time of a few rounds, per call."""
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - start) * 1e6 / times)
    return statistics.median(rounds)


def everybody(_: Pair) -> bool:
    """Meet every row: the cheapest answer that the judge may get."""
    return True


def kilobytes_of_a_company(roles: frozenset[str]) -> float:
    """Return what the table of one role set of one company keeps in memory."""
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    kept = [Grants(verdict(uuid4(), default_rules(), roles)) for _ in range(COMPANIES)]
    after = tracemalloc.take_snapshot()
    grown = sum(each.size_diff for each in after.compare_to(before, "filename"))
    tracemalloc.stop()
    return grown / len(kept) / 1024


def main() -> None:
    """Print the figures as ratios, and prove that both ways agree."""
    source, tenant = random.Random(20260101), UUID(int=1)
    rules = large_matrix(source)
    held = frozenset({"role3", "role11", "role17"})
    everything = frozenset(rule.role for rule in rules)
    judge, whole = Judge(tenant, rules, held), Judge(tenant, rules, everything)
    grants = Grants(verdict(tenant, rules, held))
    for permission in Permission:
        if judge.allows(permission.value, everybody) is not grants.allows(permission):
            raise SystemExit("the two ways disagree")
    asked = Permission.GOAL_READ
    check = microseconds(lambda: grants.allows(asked), CHECKS)
    scope = microseconds(lambda: grants.scope(asked), CHECKS)
    empty = microseconds(lambda: None, CHECKS)
    enforce = microseconds(lambda: whole.allows(asked.value, everybody), ROUNDS)
    print(f"permissions: {len(rules):,} rules in {ROLES} roles of one company, python {sys.version.split()[0]}")
    print(f"  casbin enforce, all rules   {enforce:10.1f} us        1.0 x")
    print(f"  Grants.allows               {check - empty:10.3f} us {enforce / max(check - empty, 0.001):10,.0f} x")
    print(f"  Grants.scope                {scope - empty:10.3f} us {enforce / max(scope - empty, 0.001):10,.0f} x")
    shipped = default_rules()
    for roles in (frozenset({"employee"}), frozenset({"employee", "manager"}), frozenset({"company_admin"})):
        cost = microseconds(lambda roles=roles: verdict(tenant, shipped, roles), ROUNDS) / 1000  # type: ignore[misc]
        print(f"  first use, default matrix   {cost:10.2f} ms for {', '.join(sorted(roles))}")
    print(f"  a company in memory         {kilobytes_of_a_company(frozenset({'employee', 'manager'})):10.1f} kB a role set")


if __name__ == "__main__":
    main()
