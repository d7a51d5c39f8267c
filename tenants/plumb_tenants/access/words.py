"""The words that a matrix may use: permissions by resource and action, and the resources and fields that stand behind them."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import plumb_platform
import plumb_tenants
from plumb_platform.permissions import Permission, Scope
from plumb_platform.resources import Resource, known_resources

_P = Permission
BY_ROW = frozenset(
    {
        _P.APPROVAL_READ,
        _P.REVISION_READ,
        _P.TICKET_READ,
        _P.CHECK_IN_READ,
        _P.CREDIT_READ,
        _P.CUSTOMER_READ,
        _P.DISPUTE_COMMENT,
        _P.DISPUTE_READ,
        _P.DISPUTE_RESOLVE,
        _P.GOAL_CONFIRM,
        _P.GOAL_EXCLUDE,
        _P.GOAL_READ,
        _P.GOAL_REVISE,
        _P.HANDOVER_READ,
        _P.GOAL_WRITE,
        _P.LETTER_DOWNLOAD,
        _P.LETTER_READ,
        _P.LETTER_REVOKE,
        _P.LETTER_SIGN,
        _P.MESSAGE_READ,
        _P.OBSERVATION_READ,
        _P.ORDER_READ,
        _P.PERSON_PICK,
        _P.PERSON_READ,
        _P.PLAN_PUBLISH,
        _P.PLAN_READ,
        _P.PLAN_TUNE,
        _P.PLAN_WEEK_READ,
        _P.PROPOSAL_READ,
        _P.ROLE_READ,
        _P.SNAPSHOT_READ,
        _P.SUBMISSION_READ,
        _P.SUBMISSION_WRITE,
        _P.TASK_COMPLETE,
        _P.TASK_READ,
        _P.TALK_CLOSE,
        _P.TALK_READ,
        _P.UNIT_READ,
    }
)
"""Permissions that are asked of rows of their own resource: every scope and every filter decides."""
BY_UNIT = frozenset(
    {
        _P.ALIGNMENT_LEVEL,
        _P.CHECK_IN_WRITE,
        _P.DISPUTE_OPEN,
        _P.LETTER_ISSUE,
        _P.OBSERVATION_WRITE,
        _P.ORDER_WRITE,
        _P.PLAN_WRITE,
        _P.ROLE_ASSIGN,
        _P.SHARE_WRITE,
        _P.TASK_DISPATCH,
        _P.SNAPSHOT_TAKE,
    }
)
"""Permissions that are asked of other rows, of people, goals and units: every scope decides, and no filter can."""
BY_MAKER = frozenset(
    {
        _P.APPROVAL_ACT,
        _P.PROPOSAL_WRITE,
        _P.GOAL_RATE,
        _P.REVISION_WRITE,
        _P.TICKET_ANSWER,
        _P.TICKET_OPEN,
        _P.JOB_READ,
        _P.ROLE_DELEGATE,
        _P.SURVEY_ANSWER,
        _P.TOKEN_MANAGE,
        _P.TRIAL_READ,
    }
)
"""Permissions over what one made oneself, or over all of the company."""
_WIDE = frozenset({Scope.NONE, Scope.COMPANY})


@cache
def scopes_of(permission: Permission, *, denied: bool = False) -> frozenset[Scope]:
    """Return the scopes that mean something for a permission; all others are over the company or not at all.

    What a matrix says must hold wherever the permission is asked for, so nothing narrower may be said than is asked.
    """
    if permission in BY_MAKER and not denied:
        return _WIDE | {Scope.OWN}
    if permission not in BY_ROW | BY_UNIT:
        return _WIDE
    resources = resources_of(permission.resource) if permission in BY_ROW else ()
    own = {Scope.OWN} if not resources or any(each.own for each in resources) else set()
    by_unit = {Scope.UNIT, Scope.SUBTREE} if not resources or any(each.unit for each in resources) else set()
    return _WIDE | own | by_unit


@cache
def actions_by_resource() -> Mapping[str, frozenset[str]]:
    """Return the actions of each resource word that permissions have."""
    found: dict[str, frozenset[str]] = {}
    for permission in Permission:
        found[permission.resource] = found.get(permission.resource, frozenset()) | {permission.action}
    return found


def resources_of(word: str) -> tuple[Resource, ...]:
    """Return the types of object that a resource word stands for; none for acts that concern no rows."""
    return _resources_by_word().get(word, ())


def fields_of(permission: Permission) -> frozenset[str]:
    """Return the coordinates of all fields that a matrix may name for a permission: those of the types that it reads."""
    return frozenset().union(*(each.fields for each in resources_of(permission.resource) if each.read is permission))


@cache
def _resources_by_word() -> Mapping[str, tuple[Resource, ...]]:
    """Return all resources by their words; every module of a domain that registers some is imported, so that none is missing."""
    for room in (plumb_platform, plumb_tenants):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name.endswith(("resource", "resources")) and not module.ispkg:
                import_module(module.name)
    found: dict[str, tuple[Resource, ...]] = {}
    for resource in known_resources().values():
        found[resource.name] = (*found.get(resource.name, ()), resource)
    return found
