"""Reading definitions: lists for callers, and the version that a domain's fact is made under or pinned to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, grants_of, reaches_whole
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.access import access_body
from plumb_tenants.definitions.as_written import body_written
from plumb_tenants.definitions.brought import handed_out
from plumb_tenants.definitions.difference import Difference, diff
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import State, VersionNotPublished, stored_body
from plumb_tenants.definitions.steps import refuse_faulty


class KindsDiffer(InvalidInput):
    """Versions of different kinds have nothing to compare."""

    code = "DIFF_KINDS_DIFFER"
    zh = "两个版本的配置类型不同（{kinds}），无法比较。"
    en = "The versions are of different kinds ({kinds}) and cannot be compared."


class VersionNotEffective(Refused):
    """A version is used from its own day on."""

    code = "VERSION_NOT_EFFECTIVE"
    zh = "该版本自 {day} 起生效。"
    en = "This version is effective from {day}."


class VersionNotInWave(Refused):
    """A version in pilot is for the units of its waves."""

    code = "VERSION_NOT_IN_WAVE"
    zh = "该版本处于试运行，尚未推进到该单元。"
    en = "This version is in pilot and has not reached that unit."


_PUBLISHED = """
select v.id, v.definition_id, d.kind, d.key, d.name, v.number, v.checksum, v.effective_from, v.state, v.body::text as body
from definition_version v join definition d on d.tenant_id = v.tenant_id and d.id = v.definition_id"""
_IN_WAVE = """exists (select from definition_wave w
  join org_unit_closure t on t.tenant_id = w.tenant_id and t.ancestor_id = w.unit_id and t.descendant_id = {unit}
  where w.tenant_id = v.tenant_id and w.definition_version_id = v.id and w.starts_on <= {day})"""
_STATE = f"select v.state, {_IN_WAVE.format(unit='$2', day='$3')} as in_wave from definition_version v where v.id = $1"
_EFFECTIVE = f"""{_PUBLISHED}
where d.kind = $1 and d.key = $2 and v.state in ('PILOT', 'PUBLISHED')
  and ((v.state = 'PUBLISHED' and v.effective_from <= $4) or {_IN_WAVE.format(unit="$3", day="$4")})
order by v.number desc limit 1"""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version for use by another domain; `body` is an instance of its kind's model."""

    id: UUID
    definition_id: UUID
    kind: str
    key: str
    name: str
    number: int
    checksum: str
    effective_from: date
    body: Any


async def list_definitions(
    actor: Actor, *, limit: int, kind: str | None = None, after: tuple[str, str] | None = None
) -> list[Definition]:
    """Return definitions in the order of kind and key, behind `after` (kind, key)."""
    if not await reaches_whole(actor, Permission.DEFINITION_READ):
        return []
    rows = await fetch(
        "select id from definition where ($1::text is null or kind = $1) "
        "and ($2::text is null or (kind, key) > ($2, $3)) order by kind, key limit $4",
        *(kind, *(after or (None, None)), limit),
    )
    return await Definition.filter(id__in=[row["id"] for row in rows]).order_by("kind", "key")


async def definitions_by_id(actor: Actor, definition_ids: Sequence[UUID]) -> dict[UUID, Definition]:
    """Return the definitions among the ids that the actor may read."""
    if not await reaches_whole(actor, Permission.DEFINITION_READ):
        return {}
    return {row.id: row for row in await Definition.filter(id__in=list(definition_ids))}


async def versions_by_definition(actor: Actor, definition_ids: Sequence[UUID]) -> dict[UUID, list[DefinitionVersion]]:
    """Return all versions of the definitions that the actor may read, newest first."""
    readable = await definitions_by_id(actor, definition_ids)
    versions: dict[UUID, list[DefinitionVersion]] = {definition_id: [] for definition_id in readable}
    for version in await DefinitionVersion.filter(definition_id__in=list(readable)).order_by("-number"):
        versions[version.definition_id].append(version)
    return versions


def is_effective(version: DefinitionVersion, day: date) -> bool:
    """Return whether a version is published and its first day has come."""
    return version.state == State.PUBLISHED and version.effective_from is not None and version.effective_from <= day


async def diff_versions(actor: Actor, old_id: UUID, new_id: UUID) -> list[Difference]:
    """Return what changed from one version's body to another's, of the same kind; in any two definitions."""
    old = await access_body(actor, old_id, field="old")
    new = await access_body(actor, new_id, field="new")
    kinds = {(await Definition.get(id=version.definition_id)).kind for version in (old, new)}
    if len(kinds) > 1:
        raise KindsDiffer(field="new", kinds=", ".join(sorted(kinds)))
    (kind,) = map(kind_of, kinds)
    before, after = [body_written(stored_body(kind, await handed_out(version))) for version in (old, new)]
    return diff(before, after)


async def published_version(
    actor: Actor,
    version_id: UUID,
    *,
    kind: str,
    field: str | None = None,
    unit_id: UUID | None = None,
    begins_on: date | None = None,
) -> PublishedVersion:
    """Return a version that new facts may be made under: of that kind and published, else NotFound or Refused.

    A version in pilot serves facts of the units of its waves, from their day on; one to come serves facts of a period that
    begins with it or later. No permission is asked for: the caller's own act has one. See `pinned_version` for facts that
    exist already.
    """
    version = await pinned_version(actor, version_id, kind=kind, field=field)
    today = await company_today(actor)
    states = await fetch(_STATE, version_id, unit_id, today)
    state = State(states[0]["state"])
    if state is State.ARCHIVED:
        raise VersionNotPublished(field=field, state=state)
    if states[0]["in_wave"]:
        return version
    if state is State.PILOT:
        raise VersionNotInWave(field=field)
    if version.effective_from > max(today, begins_on or today):
        raise VersionNotEffective(field=field, day=version.effective_from.isoformat())
    return version


async def pinned_version(actor: Actor, version_id: UUID, *, kind: str, field: str | None = None) -> PublishedVersion:
    """Return the version that a fact was made under, in pilot or archived meanwhile or not."""
    rows = await fetch(f"{_PUBLISHED} where v.id = $1 and d.kind = $2", version_id, kind)
    if not rows:
        raise NotFound(field=field)
    if rows[0]["state"] in (State.DRAFT, State.IN_REVIEW, State.DISCARDED):
        raise VersionNotPublished(field=field, state=State(rows[0]["state"]))
    return _published(rows[0])


async def version_of_any_state(actor: Actor, version_id: UUID, *, kind: str, field: str | None = None) -> PublishedVersion:
    """Return a version as it stands, a draft too, for a trial that no fact is made under; its body may still be at fault."""
    rows = await fetch(f"{_PUBLISHED} where v.id = $1 and d.kind = $2", version_id, kind)
    if not rows:
        raise NotFound(field=field)
    return _published(rows[0])


async def version_on_trial(actor: Actor, version_id: UUID, *, kind: str, field: str) -> PublishedVersion | None:
    """Return a version that is not published yet, for a trial that no fact is made under; None where it is, or was.

    Only for who may read its body; raises the first error that lint has against it.
    """
    rows = await fetch(f"{_PUBLISHED} where v.id = $1 and d.kind = $2 and v.state in ('DRAFT', 'IN_REVIEW')", version_id, kind)
    if not rows:
        return None
    if not (await grants_of(actor)).allows(Permission.DEFINITION_READ):
        raise NotFound(field=field)
    await access_body(actor, version_id, field=field)
    draft = _published(rows[0])
    refuse_faulty(kind_of(kind), draft.body)
    return draft


async def effective_version(
    actor: Actor, *, kind: str, key: str, unit_id: UUID | None = None, on: date | None = None
) -> PublishedVersion | None:
    """Return the version of a definition that holds today, or `on` a day, or None; no permission is asked for.

    It is the newest of those published whose day has come and of those whose roll-out has reached the unit (C23, C38).
    """
    rows = await fetch(_EFFECTIVE, kind, key, unit_id, on or await company_today(actor))
    return _published(rows[0]) if rows else None


async def definition_in_effect(actor: Actor, definition_id: UUID, *, kind: str) -> PublishedVersion | None:
    """Return the version of a definition that holds today, None for one that has none or is of another kind."""
    rows = await fetch("select key from definition where id = $1 and kind = $2", definition_id, kind)
    return await effective_version(actor, kind=kind, key=rows[0]["key"]) if rows else None


async def version_exists(version_id: UUID) -> bool:
    """Return whether the company has a version of that id; no permission is asked for."""
    return bool(await fetch("select 1 from definition_version where id = $1", version_id))


async def keys_of_kind(kind: str) -> list[str]:
    """Return the keys of all definitions of a kind, sorted; no permission is asked for."""
    return [row["key"] for row in await fetch("select key from definition where kind = $1 order by key", kind)]


async def published_versions(actor: Actor, *, kind: str) -> list[PublishedVersion]:
    """Return all published versions of a kind, effective or to come, by key and number; no permission is asked for."""
    rows = await fetch(f"{_PUBLISHED} where d.kind = $1 and v.state = 'PUBLISHED' order by d.key, v.number", kind)
    return [_published(row) for row in rows]


def _published(row: dict[str, Any]) -> PublishedVersion:
    return PublishedVersion(
        id=row["id"],
        definition_id=row["definition_id"],
        kind=row["kind"],
        key=row["key"],
        name=row["name"],
        number=row["number"],
        checksum=row["checksum"],
        effective_from=row["effective_from"],
        body=stored_body(kind_of(row["kind"]), row["body"]),
    )


async def newest_versions(definition_id: UUID) -> tuple[DefinitionVersion, DefinitionVersion]:
    """Return the version with the highest number, and the newest that was not discarded (of nothing else, that one again)."""
    ordered = DefinitionVersion.filter(definition_id=definition_id).order_by("-number").limit(1)
    newest = (await ordered)[0]
    return newest, next(iter(await ordered.exclude(state=State.DISCARDED.value)), newest)


async def company_today(actor: Actor) -> date:
    """Return the day that it is in the company's time zone."""
    return today((await get_company(actor)).time_zone)
