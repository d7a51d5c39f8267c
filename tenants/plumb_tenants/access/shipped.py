"""The matrices that the product ships: the default one, and three that add a view for deciding, doing or administering."""

from collections.abc import Mapping
from typing import Any

from plumb_platform.permissions import DEFAULT_ROLES, Role, Scope

Json = dict[str, Any]
NAMES: Mapping[Role, str] = {
    Role.COMPANY_ADMIN: "公司管理员",
    Role.HR: "人力资源",
    Role.MANAGER: "经理",
    Role.EMPLOYEE: "员工",
    Role.AUDITOR: "审计员",
}


def _grant(permission: str, scope: Scope, fields: tuple[str, ...] | None = None) -> Json:
    resource, _, action = permission.partition(":")
    limited = {} if fields is None else {"fields": list(fields)}
    return {"resource": resource, "action": action, "scope": scope.name, **limited}


def _default_role(role: Role) -> Json:
    grants = [_grant(permission.value, scope) for permission, scope in sorted(DEFAULT_ROLES[role].items()) if scope > Scope.NONE]
    return {"key": role.value, "name": NAMES[role], "grants": grants}


DEFAULT: Json = {"roles": [_default_role(role) for role in Role]}
"""What every company starts with."""

_SEEN_BY_ALL = [_grant(word, Scope.COMPANY) for word in ("company:read", "cycle:read", "priority:read", "unit:read")]
_PLACE = ("Goal.owner", "Goal.ownerId", "Goal.unit", "Goal.unitId", "Goal.cycle", "Goal.cycleId")
"""Whose a goal is and where it stands, without any number."""
_DECISION_MAKER = {
    "key": "decision_maker",
    "name": "决策者",
    "grants": [
        *_SEEN_BY_ALL,
        # Where the company stands: numbers and who answers for them, and no personal confirmation.
        _grant(
            "goal:read",
            Scope.COMPANY,
            ("Goal.title", "Goal.target", "Goal.metric", "Goal.unitOfMeasure", "Goal.parentId", "Goal.children", *_PLACE),
        ),
        _grant("plan:read", Scope.COMPANY),
        _grant("snapshot:read", Scope.COMPANY),
        _grant("survey:read", Scope.COMPANY),
        _grant("person:read", Scope.COMPANY),
    ],
}
_EXECUTOR = {
    "key": "executor",
    "name": "执行者",
    "grants": [
        *_SEEN_BY_ALL,
        # One's own goals in full; of the colleagues' what is aimed at, and no target or weight.
        _grant("goal:read", Scope.OWN),
        _grant("goal:read", Scope.UNIT, ("Goal.title", "Goal.metric", "Goal.parent", *_PLACE)),
        _grant("goal:confirm", Scope.OWN),
        _grant("letter:read", Scope.OWN),
        _grant("letter:download", Scope.OWN),
        _grant("letter:sign", Scope.OWN),
        _grant("person:read", Scope.OWN),
        _grant("plan_week:read", Scope.OWN),
        _grant("task:read", Scope.OWN),
        _grant("task:complete", Scope.OWN),
    ],
}
_ADMINISTRATOR = {
    "key": "administrator",
    "name": "管理者",
    "grants": [
        *_SEEN_BY_ALL,
        # Keeps the system: who, where and in which state, and no target, weight or month of anybody.
        _grant("goal:read", Scope.COMPANY, ("Goal.title", "Goal.confirmedAt", *_PLACE)),
        *(_grant(word, Scope.COMPANY) for word in ("definition:read", "job:read", "member:read", "person:read", "role:read")),
        *(_grant(word, Scope.COMPANY) for word in ("job:retry", "member:invite", "person:import", "cycle:write")),
    ],
}


def _with(view: Json) -> Json:
    return {"roles": [*DEFAULT["roles"], view]}


SHIPPED: Mapping[str, Json] = {
    "default": DEFAULT,
    "decision_maker": _with(_DECISION_MAKER),
    "executor": _with(_EXECUTOR),
    "administrator": _with(_ADMINISTRATOR),
}
"""Bodies by name; each holds the default roles, so that any of them can be the company's matrix (C93)."""
