"""Whom or what an observation is about: a person, a unit, a customer or the company, by the codes that people know, or by id."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.resources import Resource
from plumb_tenants.access.scope import placed, sql_scope


class SubjectKind(StrEnum):
    """What observations are about."""

    PERSON = "PERSON"
    UNIT = "UNIT"
    CUSTOMER = "CUSTOMER"
    COMPANY = "COMPANY"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a value is about; `unit_id` is the unit that it counts in."""

    kind: SubjectKind
    id: UUID
    unit_id: UUID | None


Reference = tuple[SubjectKind, str]
"""A kind and the company's own code: an employee number, the code of a unit or a customer, nothing for the company."""

_BY_CODE = {
    SubjectKind.PERSON: "select s.number as code, s.id, s.unit_id from person s where s.number = any($1::text[]) and {}",
    SubjectKind.CUSTOMER: "select s.code, s.id, s.unit_id from customer s where s.code = any($1::text[]) and {}",
    SubjectKind.UNIT: "select s.code, s.id, s.id as unit_id from org_unit s where s.code = any($1::text[]) and {}",
}
_BY_ID = (
    "select 'UNIT' as kind, u.id, u.id as unit_id from org_unit u where u.id = any($1::uuid[]) "
    "union all select 'PERSON', p.id, p.unit_id from person p where p.id = any($1::uuid[]) "
    "union all select 'CUSTOMER', c.id, c.unit_id from customer c where c.id = any($1::uuid[])"
)


async def reach_subjects(actor: Actor, references: Collection[Reference], permission: Permission) -> Mapping[Reference, Subject]:
    """Return the subjects that the permission reaches among the references; Forbidden without any grant."""
    grants = await grants_of(actor)
    if not grants.allows(permission):
        raise Forbidden(permission=permission.value)
    found: dict[Reference, Subject] = {}
    for kind, sql in _BY_CODE.items():
        # No code holds a zero byte, and the database would not even compare one.
        codes = sorted({code for each, code in references if each is kind and "\x00" not in code})
        if codes:
            condition, values = await sql_scope(actor, permission, _place(kind, permission), alias="s", first=2)
            for row in await fetch(sql.format(condition), codes, *values):
                found[kind, row["code"]] = Subject(kind, row["id"], row["unit_id"])
    if grants.reaches_all(permission):
        found[SubjectKind.COMPANY, ""] = Subject(SubjectKind.COMPANY, actor.tenant_id, None)
    return found


async def reach_subject(actor: Actor, reference: Reference, permission: Permission, *, field: str = "subject") -> Subject:
    """Return one subject, or raise NotFound for an unknown and an unreachable one alike."""
    found = (await reach_subjects(actor, [reference], permission)).get(reference)
    if found is None:
        raise NotFound(field=field)
    return found


async def reach_units(actor: Actor, permission: Permission) -> Sequence[tuple[str, str, Subject]]:
    """Return code, name and subject of every unit that the permission reaches, by code."""
    condition, values = await sql_scope(actor, permission, _place(SubjectKind.UNIT, permission), alias="s", first=1)
    rows = await fetch(f"select s.code, s.name, s.id from org_unit s where {condition} order by s.code", *values)
    return [(row["code"], row["name"], Subject(SubjectKind.UNIT, row["id"], row["id"])) for row in rows]


async def subjects_by_id(actor: Actor, subject_ids: Sequence[UUID], *, field: str = "subjectId") -> list[Subject]:
    """Return the people, units, customers and the company with the ids, in their order; raise NotFound for any other id.

    No permission is asked for: it serves domains that have checked what they act on.
    """
    found = {actor.tenant_id: Subject(SubjectKind.COMPANY, actor.tenant_id, None)}
    for row in await fetch(_BY_ID, list(subject_ids)):
        found[row["id"]] = Subject(SubjectKind(row["kind"]), row["id"], row["unit_id"])
    if not found.keys() >= set(subject_ids):
        raise NotFound(field=field)
    return [found[each] for each in subject_ids]


def _place(kind: SubjectKind, permission: Permission) -> Resource:
    if kind is SubjectKind.PERSON:
        return placed(permission, own=("{row}.id",), unit="{row}.unit_id")
    if kind is SubjectKind.CUSTOMER:
        return placed(permission, own=("{row}.owner_id",), unit="{row}.unit_id")
    return placed(permission, unit="{row}.id")
