"""Administrators: a company always has an active member who may change its matrix and who has which role."""

from collections.abc import Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, kept_in_transaction
from plumb_platform.permissions.assignments import MEETS
from plumb_platform.permissions.catalogue import Permission
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.pairs import EVERYTHING
from plumb_platform.permissions.reading import rules_to_come
from plumb_platform.permissions.rules import Rule

KEEPING = (Permission.DEFINITION_PUBLISH, Permission.DEFINITION_WRITE, Permission.ROLE_ASSIGN)
"""What somebody must hold over the whole company, for ever, for it not to lock itself out."""

_STANDING_ROLES = f"""
select distinct array(
  select jsonb_array_elements_text(m.roles)
  union select a.role from role_assignment a join person p on p.tenant_id = a.tenant_id and p.id = a.person_id and p.active
  where a.person_id = m.person_id and a.revoked_at is null and a.ends_on is null and a.id is distinct from $2
    and a.starts_on <= d.today
  order by 1) as roles,
  case when cardinality($4::text[]) > 0 then array(
    select a.role from role_assignment a join person p on p.id = m.person_id and p.active
    where a.role = any($4) and a.revoked_at is null and (a.ends_on is null or a.ends_on >= d.today) and a.id is distinct from $2
      and {MEETS} order by 1) else '{{}}' end as denying
from membership m cross join (select ($3::timestamptz at time zone time_zone)::date as today from company) d
where m.active and m.id is distinct from $1
"""


async def hold_roles() -> None:
    """Let nobody else change the company's roles until the commit, so that what was checked stays true.

    Taken before any row of people, members and invitations: who took theirs the other way round would wait for each other.
    What an actor may do is read anew behind it.
    """
    await execute("select value from access_version for update")
    kept_in_transaction().clear()


async def has_administrator(
    actor: Actor,
    rules: Sequence[Rule],
    *,
    without_member: UUID | None = None,
    without_assignment: UUID | None = None,
) -> bool:
    """Return whether under a matrix an active member administers the company by roles that do not end.

    Roles by grade, unit or position, by delegation or for a time do not count, because all of these end without being asked:
    but what they deny does, from whatever day on.
    """
    denying = sorted({rule.role for rule in rules if _strikes(rule)})
    sets = await fetch(_STANDING_ROLES, without_member, without_assignment, now(), denying)
    return any(_administers(actor.tenant_id, rules, frozenset(row["roles"]), frozenset(row["denying"])) for row in sets)


async def administered(actor: Actor, *, by_denials: bool = False, without_assignment: UUID | None = None) -> list[Sequence[Rule]]:
    """Return the rules of today and of days to come under which the company has an administrator, or had before an assignment.

    Asked before a change, it says under which `is_administered` has to be true after it; `by_denials` leaves out the rules under
    which nobody loses that office by getting a role.
    """
    rules = [each for each in await rules_to_come() if not by_denials or any(map(_strikes, each))]
    return [each for each in rules if await has_administrator(actor, each, without_assignment=without_assignment)]


async def is_administered(
    actor: Actor,
    under: Sequence[Sequence[Rule]],
    *,
    without_member: UUID | None = None,
    without_assignment: UUID | None = None,
) -> bool:
    """Return whether the company has an administrator under each of these rules."""
    for rules in under:
        if not await has_administrator(actor, rules, without_member=without_member, without_assignment=without_assignment):
            return False
    return True


def _strikes(rule: Rule) -> bool:
    return rule.pair.denies and rule.permission in KEEPING


def _administers(tenant_id: UUID, rules: Sequence[Rule], roles: frozenset[str], denying: frozenset[str]) -> bool:
    """Return whether a set of roles is that of an administrator, whatever the denials of some more."""
    counted = [rule for rule in rules if rule.role in roles or (rule.role in denying and _strikes(rule))]
    held = verdict(tenant_id, counted, roles | denying)
    return all(held.get(permission) == (EVERYTHING,) for permission in KEEPING)
