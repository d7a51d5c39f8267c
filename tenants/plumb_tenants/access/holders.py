"""Holders: which roles somebody has today, and how they got each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.permissions.assignments import IN_FORCE, MEETS, TODAY

MOST_HOLDERS = 200
_SUBJECT = """
select m.id as membership_id, p.id as person_id, p.unit_id, coalesce(m.roles, '[]'::jsonb)::text as roles
from (select 1) one left join membership m on m.active and (m.id = $1 or m.person_id = $2)
left join person p on p.id = coalesce($2, m.person_id) where m.id is not null or p.id is not null order by m.id limit 1
"""
_ASSIGNED = f"""
select a.id, a.role, a.person_id, a.unit_id, a.grade, a.position, a.ends_on, a.delegated_by
from role_assignment a, person p, {TODAY} where p.id = $2 and p.active and {IN_FORCE} and {MEETS} order by a.id
"""
_WITH_ROLE = f"""
select distinct p.id, p.number from person p join membership m on m.person_id = p.id and m.active cross join {TODAY}
where p.active and (m.roles ? $2 or exists (select from role_assignment a where a.role = $2 and {IN_FORCE} and {MEETS}))
  and ($3::uuid is null or p.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $3))
order by p.number limit {MOST_HOLDERS}
"""


class Origin(StrEnum):
    """How somebody got a role."""

    MEMBERSHIP = "MEMBERSHIP"
    PERSON = "PERSON"
    UNIT = "UNIT"
    GRADE = "GRADE"
    POSITION = "POSITION"


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role in force and where it comes from; `delegated_by` is the person whom its holder acts for."""

    role: str
    origin: Origin
    assignment_id: UUID | None = None
    delegated_by: UUID | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody about whom is asked: a member, a person, or both."""

    membership_id: UUID | None
    person_id: UUID | None
    unit_id: UUID | None
    roles: tuple[str, ...]
    """The roles of the membership."""


async def find_subject(*, membership_id: UUID | None = None, person_id: UUID | None = None) -> Subject | None:
    """Return the member or person of an id, or None."""
    rows = await fetch(_SUBJECT, membership_id, person_id)
    return Subject(**rows[0] | {"roles": tuple(orjson.loads(rows[0]["roles"]))}) if rows else None


async def roles_held(subject: Subject) -> list[HeldRole]:
    """Return the roles that somebody has today, those of the membership first."""
    rows = await fetch(_ASSIGNED, now(), subject.person_id) if subject.person_id else []
    return [HeldRole(role, Origin.MEMBERSHIP) for role in subject.roles] + [_held(row) for row in rows]


async def people_with_role(role: str, *, unit_id: UUID | None = None) -> list[UUID]:
    """Return the people who hold a role today, within a unit and all below it when one is given; no permission is asked for."""
    return [row["id"] for row in await fetch(_WITH_ROLE, now(), role, unit_id)]


def actor_of(asking: Actor, subject: Subject) -> Actor:
    """Return a subject as the actor that they would be at a browser; for reading grants, never for acting."""
    return Actor(
        tenant_id=asking.tenant_id,
        roles=frozenset(subject.roles),
        channel="session",
        membership_id=subject.membership_id,
        person_id=subject.person_id,
    )


def names_of(held: Sequence[HeldRole]) -> frozenset[str]:
    """Return the keys of roles."""
    return frozenset(each.role for each in held)


def _held(row: dict[str, Any]) -> HeldRole:
    columns = {"person_id": Origin.PERSON, "unit_id": Origin.UNIT, "grade": Origin.GRADE, "position": Origin.POSITION}
    origin = next(origin for column, origin in columns.items() if row[column] is not None)
    return HeldRole(row["role"], origin, row["id"], row["delegated_by"], row["ends_on"])
