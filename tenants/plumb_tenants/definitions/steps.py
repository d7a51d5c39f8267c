"""Taking a version one step on: found and locked, its kind asked, saved under the next version number."""

from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import Conflict, DomainError, Forbidden, Refused
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.as_written import path_written
from plumb_tenants.definitions.kinds import Body, Kind, Severity, Step, kind_of
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import State, lint, stored_body


class EffectTooEarly(Refused):
    """What is calibrated by quarters changes nothing in one that has begun (C44); no wave goes before its pilot."""

    code = "EFFECT_TOO_EARLY"
    zh = "该版本最早自 {day} 起生效，请选择该日或更晚的日期。"
    en = "This version takes effect on {day} at the earliest; name that day or a later one."


async def locked(actor: Actor, version_id: UUID, permission: Permission, version: int | None) -> DefinitionVersion:
    """Return a version locked till commit; raise Conflict when it is not the one that was read (None: whatever it is).

    Who writes needs what its kind needs, too, and is told nothing of its state without.
    """
    found = await access_version(actor, version_id, permission, lock=True)
    if permission is Permission.DEFINITION_WRITE:
        await refuse_writing(actor, (await Definition.get(id=found.definition_id)).kind)
    if version is not None and found.version != version:
        raise Conflict(current_version=found.version)
    return found


async def refuse_writing(actor: Actor, kind: str) -> None:
    """Raise Forbidden unless the actor may write definitions of a kind, which may need a permission of its own."""
    for permission in filter(None, (Permission.DEFINITION_WRITE, kind_of(kind).needs)):
        if not await reaches_whole(actor, permission):
            raise Forbidden(permission=permission.value)


def not_before(earliest: date | None, given: date | None, *, otherwise: date) -> date:
    """Return the day that a version takes effect on: the given one, unless it is too early, else the earliest that there is."""
    if earliest is None:
        return given or otherwise
    if given is not None and given < earliest:
        raise EffectTooEarly(field="effectiveFrom", day=earliest.isoformat())
    return given or earliest


async def save(row: DefinitionVersion) -> None:
    """Save a changed version under its next number."""
    row.version += 1
    await row.save()


async def ask_kind(actor: Actor, kind: Kind, step: Step) -> None:
    """Let the kind refuse a step; a field of the body is named as callers write it."""
    try:
        await kind.before_step(actor, step)
    except DomainError as error:
        error.field = path_written(error.field) if error.field else error.field
        raise


def refuse_faulty(kind: Kind, body: Body) -> None:
    """Raise the first lint error, with its field in the body."""
    for finding in lint(kind, body):
        if finding.severity is Severity.ERROR:
            raise finding.error


async def step_to(row: DefinitionVersion, state: State) -> tuple[Kind, Step]:
    """Return a version's kind and the step that it is about to take."""
    definition = await Definition.get(id=row.definition_id)
    kind = kind_of(definition.kind)
    body = stored_body(kind, row.body)
    return kind, Step(key=definition.key, version_id=row.id, state=state.value, body=body)


def named(row: DefinitionVersion, effective_from: date | None) -> dict[str, object]:
    """Return what the audit chain says of a version that became usable."""
    return {
        "number": row.number,
        "checksum": row.checksum,
        "effective_from": effective_from.isoformat() if effective_from else None,
    }
