"""Administrators: a company always has an active member who may change its matrix and who has which role."""

from collections.abc import Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.permissions.catalogue import Permission
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.pairs import EVERYTHING
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule

KEEPING = (Permission.DEFINITION_PUBLISH, Permission.DEFINITION_WRITE, Permission.ROLE_ASSIGN)
"""What somebody must hold over the whole company, for ever, for it not to lock itself out."""

_STANDING_ROLES = """
select distinct array(
  select jsonb_array_elements_text(m.roles)
  union select a.role from role_assignment a join person p on p.tenant_id = a.tenant_id and p.id = a.person_id and p.active
  where a.person_id = m.person_id and a.revoked_at is null and a.ends_on is null and a.id is distinct from $2
    and a.starts_on <= ($3::timestamptz at time zone c.time_zone)::date
  order by 1) as roles
from membership m join company c on c.tenant_id = m.tenant_id where m.active and m.id is distinct from $1
"""


async def hold_roles() -> None:
    """Let nobody else change the company's roles until the commit, so that what was checked stays true."""
    await execute("select value from access_version for update")


async def has_administrator(
    actor: Actor,
    *,
    rules: Sequence[Rule] | None = None,
    without_member: UUID | None = None,
    without_assignment: UUID | None = None,
) -> bool:
    """Return whether an active member administers the company by roles that do not end.

    `rules` asks it of another matrix than the one in force. Roles by grade, unit or position do not count: an import of
    people could take them away.
    """
    asked = await rules_of(await matrix_in_force()) if rules is None else rules
    sets = await fetch(_STANDING_ROLES, without_member, without_assignment, now())
    return any(administers(actor.tenant_id, asked, frozenset(row["roles"])) for row in sets)


def administers(tenant_id: UUID, rules: Sequence[Rule], roles: frozenset[str]) -> bool:
    """Return whether a set of roles is that of an administrator."""
    held = verdict(tenant_id, rules, roles)
    return all(held.get(permission) == (EVERYTHING,) for permission in KEEPING)
