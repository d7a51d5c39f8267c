"""Rules: the lines of a published matrix as rows, and those that hold where a company has published none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.permissions.catalogue import DEFAULT_ROLES, Scope
from plumb_platform.permissions.pairs import Pair


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a matrix: what a role may do; `id` is None for a line that the product ships."""

    role: str
    resource: str
    action: str
    pair: Pair
    id: UUID | None = None

    @property
    def permission(self) -> str:
        """Return the permission that the line is about (`goal:read`)."""
        return f"{self.resource}:{self.action}"


def rule_of(row: Mapping[str, Any]) -> Rule:
    """Return the rule that a row of `matrix_rule` holds."""
    fields = orjson.loads(row["fields"]) if row["fields"] is not None else None
    pair = Pair(
        Scope[row["scope"]], row["filter"], frozenset(fields) if fields is not None else None, denies=row["effect"] == "DENY"
    )
    return Rule(row["role"], row["resource"], row["action"], pair, row["id"])


@cache
def default_rules() -> tuple[Rule, ...]:
    """Return the rules of the shipped default matrix."""
    lines = [(role, *each) for role, grants in DEFAULT_ROLES.items() for each in grants.items()]
    return tuple(Rule(role.value, permission.resource, permission.action, Pair(scope)) for role, permission, scope in lines)


def pairs_by_permission(rules: Iterable[Rule]) -> dict[str, list[Pair]]:
    """Return the pairs of rules by permission, all roles together."""
    found: dict[str, list[Pair]] = {}
    for rule in rules:
        found.setdefault(rule.permission, []).append(rule.pair)
    return found
