"""Members of a company with the roles that each has today, whoever they got them from."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.permissions.catalogue import Permission, Scope
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule

IN_FORCE = """a.revoked_at is null and a.starts_on <= d.today and (a.ends_on is null or a.ends_on >= d.today)
  and (a.delegated_by is null or exists (select from membership o where o.person_id = a.delegated_by and o.active))"""
"""The condition under which a role assignment `a` holds on the day `d.today`."""
MEETS = """(a.person_id = p.id or a.grade = p.grade or a.position = p.position
  or a.unit_id in (select ancestor_id from org_unit_closure where descendant_id = p.unit_id))"""
"""The condition under which a role assignment `a` is for a person `p`."""
TODAY = "(select ($1::timestamptz at time zone c.time_zone)::date as today from company c) d"
_MEMBERS = f"""
select m.id, m.person_id, p.unit_id, array(
  select jsonb_array_elements_text(m.roles)
  union select a.role from role_assignment a where p.active and {IN_FORCE} and {MEETS} order by 1) as roles
from membership m cross join {TODAY} left join person p on p.id = m.person_id where m.active order by m.id
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


async def members_holding(actor: Actor, *permissions: Permission) -> list[Member]:
    """Return the active members whose roles reach the whole company with each of some permissions."""
    rules = await rules_of(await matrix_in_force())
    members = await members_with_roles()
    reaching = {roles: _reaches(actor, rules, roles, permissions) for roles in {member.roles for member in members}}
    return [member for member in members if reaching[member.roles]]


def _reaches(actor: Actor, rules: tuple[Rule, ...], roles: frozenset[str], permissions: tuple[Permission, ...]) -> bool:
    held = verdict(actor.tenant_id, rules, roles)
    return all(
        any(pair.scope is Scope.COMPANY and not pair.denies for pair in held.get(permission, ())) for permission in permissions
    )
