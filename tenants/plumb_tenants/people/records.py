"""What other code sees of units and people: frozen values, not rows that could be saved."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True)
class Unit:
    """An org unit; `code` is the company's own key for it."""

    id: UUID
    code: str
    name: str
    parent_id: UUID | None
    ordinal: int
    version: int


@dataclass(frozen=True, slots=True)
class Person:
    """An employee; `number` is the employee number."""

    id: UUID
    number: str
    name: str
    email: str | None
    unit_id: UUID
    manager_id: UUID | None
    grade: str
    position: str
    hired_on: date | None
    skills: tuple[str, ...]
    active: bool
    version: int


SELECT_UNIT = "select u.id, u.code, u.name, u.parent_id, u.ordinal, u.version from org_unit u"
SELECT_PERSON = (
    "select p.id, p.number, p.name, p.email, p.unit_id, p.manager_id, p.grade, p.position, p.hired_on, p.skills, "
    "p.active, p.version from person p"
)


def unit_from(row: dict[str, Any]) -> Unit:
    """Return the unit of a row of SELECT_UNIT."""
    return Unit(**row)


def person_from(row: dict[str, Any]) -> Person:
    """Return the person of a row of SELECT_PERSON; jsonb comes as text."""
    skills = row["skills"]
    return Person(**row | {"skills": tuple(orjson.loads(skills) if isinstance(skills, str) else skills)})
