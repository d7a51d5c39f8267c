"""The judge: casbin over the rules of one company, RBAC with domains, deny wins. No other module imports casbin.

A decision of casbin costs milliseconds, so that requests do not ask it: `verdict` asks once which rules hold for a set of
roles, and what it answers is kept as a table (grants.py). `Judge.allows` asks about one row and one field; the tests hold
the table and the SQL made of it against it.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from casbin import Enforcer
from casbin.model import Model
from casbin.persist import Adapter

from plumb_platform.permissions.pairs import Pair, united
from plumb_platform.permissions.rules import Rule, pairs_by_permission

MODEL = """
[request_definition]
r = sub, dom, obj, act, row, field
[policy_definition]
p = sub, dom, obj, act, rule, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.obj == p.obj && r.act == p.act && r.dom == p.dom && g(r.sub, p.sub, r.dom) && meets(r.row, r.field, p.rule)
"""
CALLER, ANY_FIELD = "caller", ""
# It tells every rule that it loads; whoever wants to know what holds asks `whyCan`.
logging.getLogger("casbin").setLevel(logging.WARNING)

Met = Callable[[Pair], bool]
"""Tells whether a pair, by its scope and its filter, meets the row in question."""


class RuleAdapter(Adapter):  # type: ignore[misc]  # casbin ships no types
    """Loads the caller's roles and their rules into a model; a rule goes by its place, so that its columns keep their types.

    Rules of other roles are left out: casbin compares each rule that it loads with all before it.
    """

    def __init__(self, tenant: str, rules: Sequence[Rule], roles: Iterable[str]) -> None:
        self._tenant, self._rules, self._roles = tenant, rules, frozenset(roles)

    def load_policy(self, model: Model) -> None:
        """Fill the model; called by casbin."""
        for place, rule in enumerate(self._rules):
            if rule.role in self._roles:
                effect = "deny" if rule.pair.denies else "allow"
                model.add_policy("p", "p", [f"role:{rule.role}", self._tenant, rule.resource, rule.action, str(place), effect])
        for role in sorted(self._roles):
            model.add_policy("g", "g", [CALLER, f"role:{role}", self._tenant])


class Judge:
    """Casbin's enforcer for one caller of one company."""

    def __init__(self, tenant_id: UUID, rules: Sequence[Rule], roles: Iterable[str]) -> None:
        model = Model()
        model.load_model_from_text(MODEL)
        self._tenant, self._rules = str(tenant_id), rules
        self._enforcer = Enforcer(model, RuleAdapter(self._tenant, rules, roles))
        self._enforcer.add_function("meets", self._meets)

    def rules(self) -> list[Rule]:
        """Return the rules that hold for the caller's roles, allowing and denying."""
        found = self._enforcer.get_implicit_permissions_for_user(CALLER, self._tenant)
        return [self._rules[int(line[4])] for line in found]

    def allows(self, permission: str, met: Met, field: str = ANY_FIELD) -> bool:
        """Return whether the caller reaches a row, or a field on it, in casbin's own word."""
        resource, _, action = permission.partition(":")
        return bool(self._enforcer.enforce(CALLER, self._tenant, resource, action, met, field))

    def _meets(self, met: Met, field: str, place: str) -> bool:
        pair = self._rules[int(place)].pair
        if field == ANY_FIELD:
            # A row is shown by a pair of any field, and hidden only by one of all fields.
            named = not pair.denies or pair.fields is None
        else:
            named = pair.fields is None or field in pair.fields
        return named and met(pair)


def verdict(tenant_id: UUID, rules: Sequence[Rule], roles: frozenset[str]) -> dict[str, tuple[Pair, ...]]:
    """Return what casbin grants to a set of roles: by permission the pairs that decide, none for what reaches nothing."""
    if not any(rule.role in roles for rule in rules):
        return {}
    held = pairs_by_permission(Judge(tenant_id, rules, roles).rules())
    return {name: pairs for name, given in sorted(held.items()) if (pairs := united(given))}
