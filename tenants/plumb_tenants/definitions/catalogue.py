"""Reading definitions: lists for callers, and the version that a domain's fact is made under or pinned to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, Scope, require
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.difference import Difference, diff
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import State, VersionNotPublished


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
    if await require(actor, Permission.DEFINITION_READ) is not Scope.COMPANY:
        return []
    rows = await fetch(
        "select id from definition where ($1::text is null or kind = $1) "
        "and ($2::text is null or (kind, key) > ($2, $3)) order by kind, key limit $4",
        *(kind, *(after or (None, None)), limit),
    )
    return await Definition.filter(id__in=[row["id"] for row in rows]).order_by("kind", "key")


async def definitions_by_id(actor: Actor, definition_ids: Sequence[UUID]) -> dict[UUID, Definition]:
    """Return the definitions among the ids that the actor may read."""
    if await require(actor, Permission.DEFINITION_READ) is not Scope.COMPANY:
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
    old = await access_version(actor, old_id, Permission.DEFINITION_READ, field="old")
    new = await access_version(actor, new_id, Permission.DEFINITION_READ, field="new")
    kinds = {(await Definition.get(id=version.definition_id)).kind for version in (old, new)}
    if len(kinds) > 1:
        raise KindsDiffer(field="new", kinds=", ".join(sorted(kinds)))
    return diff(old.body, new.body)


async def published_version(actor: Actor, version_id: UUID, *, kind: str, field: str | None = None) -> PublishedVersion:
    """Return a version that new facts may be made under: of that kind and published, else NotFound or Refused.

    No permission is asked for: the caller's own act has one. See `pinned_version` for facts that exist already.
    """
    version = await pinned_version(actor, version_id, kind=kind, field=field, state=State.PUBLISHED)
    if version.effective_from > await company_today(actor):
        raise VersionNotEffective(field=field, day=version.effective_from.isoformat())
    return version


async def pinned_version(
    actor: Actor, version_id: UUID, *, kind: str, field: str | None = None, state: State | None = None
) -> PublishedVersion:
    """Return the version that a fact was made under, archived meanwhile or not."""
    row = await DefinitionVersion.get_or_none(id=version_id)
    definition = await Definition.get_or_none(id=row.definition_id, kind=kind) if row else None
    if row is None or definition is None:
        raise NotFound(field=field)
    if row.effective_from is None or row.state == State.DRAFT or (state is not None and row.state != state):
        raise VersionNotPublished(field=field, state=State(row.state))
    return PublishedVersion(
        id=row.id,
        definition_id=definition.id,
        kind=kind,
        key=definition.key,
        name=definition.name,
        number=row.number,
        checksum=row.checksum,
        effective_from=row.effective_from,
        body=kind_of(kind).body.model_validate(row.body),
    )


async def effective_version(actor: Actor, *, kind: str, key: str) -> PublishedVersion | None:
    """Return the newest published version of a definition whose day has come, or None; no permission is asked for."""
    definition = await Definition.get_or_none(kind=kind, key=key)
    if definition is None:
        return None
    day = await company_today(actor)
    published = DefinitionVersion.filter(definition_id=definition.id, state=State.PUBLISHED.value, effective_from__lte=day)
    newest = await published.order_by("-number").first()
    return await published_version(actor, newest.id, kind=kind) if newest else None


async def published_versions(actor: Actor, *, kind: str) -> list[PublishedVersion]:
    """Return all published versions of a kind, effective or to come, by key and number; no permission is asked for."""
    rows = await fetch(
        "select v.id, v.definition_id, d.kind, d.key, d.name, v.number, v.checksum, v.effective_from, v.body "
        "from definition d join definition_version v on v.tenant_id = d.tenant_id and v.definition_id = d.id "
        "where d.kind = $1 and v.state = 'PUBLISHED' order by d.key, v.number",
        kind,
    )
    model = kind_of(kind).body
    return [PublishedVersion(**row | {"body": model.model_validate(_json(row["body"]))}) for row in rows]


def _json(value: Any) -> Any:
    """Return a jsonb value, which comes as text."""
    return orjson.loads(value) if isinstance(value, str) else value


async def newest_version(definition_id: UUID) -> DefinitionVersion:
    """Return the version with the highest number, whatever its state."""
    return (await DefinitionVersion.filter(definition_id=definition_id).order_by("-number").limit(1))[0]


async def company_today(actor: Actor) -> date:
    """Return the day that it is in the company's time zone."""
    return today((await get_company(actor)).time_zone)
