"""Row scope as a condition for SQL: which rows a permission reaches for an actor, never a filter after the fact."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.permissions import Permission, Scope, require

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a permission reaches: the scope, and whose rows OWN, UNIT and SUBTREE start from."""

    scope: Scope
    person_id: UUID
    unit_id: UUID


async def reach_of(actor: Actor, permission: Permission) -> Reach:
    """Return the actor's reach, or raise Forbidden when the permission is not granted at all."""
    scope = await require(actor, permission)
    person = actor.person_id or _NOBODY
    unit = _NOBODY
    if scope in (Scope.UNIT, Scope.SUBTREE) and actor.person_id:
        unit = await fetch_value("select unit_id from person where id = $1", actor.person_id) or _NOBODY
    return Reach(scope=scope, person_id=person, unit_id=unit)


async def sql_scope(
    actor: Actor, permission: Permission, *, own: str | None, unit: str | None, first: int = 1
) -> tuple[str, list[Any]]:
    """Return an SQL condition and its values for the rows that the permission reaches.

    `own` and `unit` are SQL expressions of the row's person and unit; None means that the row has none. A wider scope
    includes the narrower ones: what a person owns stays theirs wherever it stands. Placeholders count from `first`.
    """
    reach = await reach_of(actor, permission)
    if reach.scope is Scope.COMPANY:
        return "true", []
    parts: list[str] = []
    values: list[Any] = []
    if own:
        values.append(reach.person_id)
        parts.append(f"{own} = ${first}")
    if unit and reach.scope is Scope.UNIT:
        values.append(reach.unit_id)
        parts.append(f"{unit} = ${first + len(values) - 1}")
    if unit and reach.scope is Scope.SUBTREE:
        values.append(reach.unit_id)
        place = first + len(values) - 1
        parts.append(f"{unit} in (select descendant_id from org_unit_closure where ancestor_id = ${place})")
    return f"({' or '.join(parts)})" if parts else "false", values
