"""Members of a company with the roles that each has today, whoever they got them from."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.permissions.assignments import IN_FORCE, MEETS, TODAY
from plumb_platform.permissions.catalogue import Permission
from plumb_platform.permissions.grants import Grants
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule

_MEMBERS = f"""
select m.id, m.person_id, p.unit_id, array(
  select jsonb_array_elements_text(m.roles)
  union select a.role from role_assignment a where p.active and {IN_FORCE} and {MEETS} order by 1) as roles
from membership m cross join {TODAY} left join person p on p.id = m.person_id where m.active order by m.id
"""
_ASSIGNED = f"""
select distinct a.role from person p cross join {TODAY} join role_assignment a on {MEETS} and {IN_FORCE}
where p.id = $2 and p.active and a.delegated_by is null order by 1
"""
_TO_COME = f"""
with met as (
  select a.role, a.starts_on, a.ends_on, d.today from person p cross join {TODAY} join role_assignment a on {MEETS}
  where p.id = $2 and p.active and a.revoked_at is null and (a.ends_on is null or a.ends_on >= d.today)
), days as (
  select today as day from met union select starts_on from met where starts_on > today union select ends_on + 1 from met
)
select distinct array(
  select role from met where starts_on <= day and (ends_on is null or ends_on >= day) group by role order by 1
) as roles from days where day is not null
"""


@dataclass(frozen=True, slots=True)
class Member:
    """An active member with all roles in force today."""

    id: UUID
    person_id: UUID | None
    unit_id: UUID | None
    roles: frozenset[str]


async def members_with_roles() -> list[Member]:
    """Return all active members with the roles that they have today."""
    rows = await fetch(_MEMBERS, now())
    return [Member(row["id"], row["person_id"], row["unit_id"], frozenset(row["roles"])) for row in rows]


async def assigned_roles_of(person_id: UUID | None) -> list[str]:
    """Return the roles that a person is assigned today, by themselves or by grade, position or unit, and not by delegation."""
    return [row["role"] for row in await fetch(_ASSIGNED, now(), person_id)] if person_id else []


async def roles_to_come_of(person_id: UUID) -> list[frozenset[str]]:
    """Return the sets of roles that a person is assigned on days from today on, as far as is known, delegated ones too."""
    return [frozenset(row["roles"]) for row in await fetch(_TO_COME, now(), person_id)]


async def members_holding(actor: Actor, *permissions: Permission) -> list[Member]:
    """Return the active members whose roles reach each row of the company with each of some permissions: none is denied."""
    rules = await rules_of(await matrix_in_force())
    members = await members_with_roles()
    reaching = {roles: _reaches(actor, rules, roles, permissions) for roles in {member.roles for member in members}}
    return [member for member in members if reaching[member.roles]]


def _reaches(actor: Actor, rules: tuple[Rule, ...], roles: frozenset[str], permissions: tuple[Permission, ...]) -> bool:
    held = Grants(verdict(actor.tenant_id, rules, roles))
    return all(held.reaches_all(permission) for permission in permissions)
