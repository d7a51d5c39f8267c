"""Matrices for tests: the shipped one with changes, drafted and published as the product does it."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.definitions.service import DefinitionVersion, new_draft, publish_version, update_draft
from support.companies import CompanyFixture

Json = dict[str, Any]
_DEFINITION = "select id from definition where kind = 'matrix' and key = 'default'"


def grant(permission: str, scope: str = "COMPANY", **more: Any) -> Json:
    resource, _, action = permission.partition(":")
    return {"resource": resource, "action": action, "scope": scope, **more}


def matrix(*, without: Iterable[str] = (), **grants: list[Json]) -> Json:
    """Return the shipped matrix with the grants of some roles replaced, added or left out."""
    body = deepcopy(DEFAULT)
    roles = {role["key"]: role for role in body["roles"] if role["key"] not in set(without)}
    for key, each in grants.items():
        roles[key] = {"key": key, "name": roles.get(key, {}).get("name", key), "grants": each}
    return {"roles": list(roles.values())}


def more(role: str, *grants: Json) -> Json:
    """Return the shipped matrix with more grants for one role."""
    (present,) = [each["grants"] for each in DEFAULT["roles"] if each["key"] == role]
    return matrix(**{role: [*present, *grants]})


def less(role: str, *permissions: str) -> Json:
    """Return the shipped matrix without some permissions of one role."""
    (present,) = [each["grants"] for each in DEFAULT["roles"] if each["key"] == role]
    return matrix(**{role: [each for each in present if f"{each['resource']}:{each['action']}" not in permissions]})


async def drafted(actor: Actor, body: Json) -> DefinitionVersion:
    """Draft the company's next matrix."""
    async with tenant_transaction(actor):
        draft = await new_draft(actor, await fetch_value(_DEFINITION))
        return await update_draft(actor, draft.id, body=body, version=draft.version)


async def published(actor: Actor, body: Json, *, effective_from: date | None = None) -> DefinitionVersion:
    """Draft and publish the company's next matrix."""
    draft = await drafted(actor, body)
    async with tenant_transaction(actor):
        return await publish_version(actor, draft.id, version=draft.version, effective_from=effective_from)


async def access_state(company: CompanyFixture) -> list[list[Json]]:
    """Return all that decides about access, to see that a refused act changed nothing."""
    async with tenant_transaction(company.system):
        return [
            await fetch("select * from definition_version order by id"),
            await fetch("select * from matrix_rule order by id"),
            await fetch("select * from role_assignment order by id"),
            await fetch("select id, roles, active from membership order by id"),
            await fetch("select value from access_version"),
            await fetch("select max(number) from audit_entry"),
        ]
