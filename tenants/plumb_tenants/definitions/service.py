"""What people do with definitions: draft, lint and clone here; review, publishing, roll-out and readers beside it."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.definitions.access import access_body, access_definition, access_version
from plumb_tenants.definitions.brought import handed_out, refuse_held
from plumb_tenants.definitions.catalogue import (
    PublishedVersion,
    company_today,
    definition_in_effect,
    definitions_by_id,
    diff_versions,
    effective_version,
    is_effective,
    keys_of_kind,
    list_definitions,
    newest_versions,
    pinned_version,
    published_version,
    published_versions,
    version_exists,
    version_of_any_state,
    version_on_trial,
    versions_by_definition,
)
from plumb_tenants.definitions.kinds import Finding, kind_of
from plumb_tenants.definitions.logic import LogicNotAllowed, changed_logic
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.publishing import archive_version, publish_version
from plumb_tenants.definitions.reviewing import approve_version, reject_version, submit_for_review, withdraw_review
from plumb_tenants.definitions.rollout import add_wave, record_milestone, start_pilot
from plumb_tenants.definitions.rules import CheckedBody, State, check_body, check_step, lint, stored_body
from plumb_tenants.definitions.scanning import scan_version
from plumb_tenants.definitions.steps import locked, refuse_writing, save, step_to
from plumb_tenants.definitions.swapping import swap_metrics

__all__ = [
    "Definition",
    "DefinitionVersion",
    "PublishedVersion",
    "add_wave",
    "adopt_definition",
    "approve_version",
    "archive_version",
    "clone_definition",
    "company_today",
    "create_definition",
    "definition_in_effect",
    "definitions_by_id",
    "diff_versions",
    "discard_draft",
    "effective_version",
    "is_effective",
    "keys_of_kind",
    "lint_version",
    "list_definitions",
    "new_draft",
    "pinned_version",
    "publish_version",
    "published_version",
    "published_versions",
    "record_milestone",
    "refuse_held",
    "reject_version",
    "scan_version",
    "start_pilot",
    "stored_body",
    "submit_for_review",
    "update_draft",
    "version_exists",
    "version_of_any_state",
    "version_on_trial",
    "versions_by_definition",
    "withdraw_review",
]
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}", re.ASCII)
LONGEST_NAME, LONGEST_NOTE = 120, 2000


class DefinitionKeyInvalid(InvalidInput):
    """A key stands in files and commands."""

    code = "DEFINITION_KEY_INVALID"
    zh = "配置代号“{key}”无效：以字母开头，最多 60 位字母、数字、点、下划线或连字符。"
    en = "The key {key} is not valid: a letter, then up to 59 letters, digits, dots, underscores or hyphens."


class DefinitionNameInvalid(InvalidInput):
    """A name is what people read."""

    code = "DEFINITION_NAME_INVALID"
    zh = "名称须为 1 到 {longest} 个字符。"
    en = "A name has 1 to {longest} characters."


class NoteTooLong(InvalidInput):
    """A note says why, not everything."""

    code = "DEFINITION_NOTE_TOO_LONG"
    zh = "备注最多 {longest} 个字符。"
    en = "A note has at most {longest} characters."


class KindDiffers(InvalidInput):
    """A definition keeps its kind."""

    code = "DEFINITION_KIND_DIFFERS"
    zh = "该配置的类型是 {kind}，内容须为同一类型。"
    en = "This definition is of the kind {kind}; so must the body be."


class DefinitionExists(Refused):
    """A key names one definition of a kind."""

    code = "DEFINITION_EXISTS"
    zh = "代号“{key}”已被同类配置使用。"
    en = "Another definition of this kind has the key {key}."


class DraftExists(Refused):
    """A definition has one draft at a time, so that nobody's work is forked unseen."""

    code = "DRAFT_EXISTS"
    zh = "第 {number} 版草稿尚未发布，请继续编辑，或先放弃该草稿（discardDraft）。"
    en = "Version {number} is still a draft; go on with that one, or discard it first (discardDraft)."


async def create_definition(
    actor: Actor, *, kind: str, key: str, name: str, body: Mapping[str, Any], note: str = ""
) -> DefinitionVersion:
    """Make a definition with its first draft; the body must fit the kind, but may still have lint findings."""
    await refuse_writing(actor, kind)
    checked = check_body(kind_of(kind), body)
    await _refuse_logic(actor, None, checked)
    return await _create(actor, kind=kind, key=key, name=name, body=checked, note=note)


async def adopt_definition(actor: Actor, *, kind: str, key: str, name: str, body: Mapping[str, Any]) -> UUID:
    """Publish what Plumb brings along, unless a version of the key is in effect; return the version in effect.

    One at a time in a company: who comes second finds what the first one published.
    """
    await take_lock("definition.adopt")
    known = await effective_version(actor, kind=kind, key=key)
    if known is not None:
        return known.id
    draft = await create_definition(actor, kind=kind, key=key, name=name, body=body)
    return (await publish_version(actor, draft.id, version=draft.version)).id


async def update_draft(
    actor: Actor,
    version_id: UUID,
    *,
    body: Mapping[str, Any],
    version: int,
    note: str | None = None,
    kind: str | None = None,
) -> DefinitionVersion:
    """Replace the body (and the note, when given) of a draft; a `kind` that is given must be the definition's."""
    draft = await _locked_draft(actor, version_id, version)
    definition = await Definition.get(id=draft.definition_id)
    if kind not in (None, definition.kind):
        raise KindDiffers(field="body", kind=definition.kind)
    checked = check_body(kind_of(definition.kind), body)
    await _refuse_logic(actor, check_body(kind_of(definition.kind), draft.body, stored=True), checked)
    before = {"checksum": draft.checksum}
    draft.body, draft.checksum = checked.stored, checked.checksum
    draft.editors = sorted({*draft.editors, *([str(actor.membership_id)] if actor.membership_id else [])})
    draft.note = draft.note if note is None else _checked_note(note)
    await save(draft)
    await record(actor, "definition.update", "definition_version", draft.id, before=before, after={"checksum": draft.checksum})
    return draft


async def discard_draft(actor: Actor, version_id: UUID, *, version: int) -> DefinitionVersion:
    """Give a draft up, so that another can be made; it stays to be read, keeps its number, and never changes again."""
    draft = await _locked_draft(actor, version_id, version)
    draft.state = State.DISCARDED.value
    await save(draft)
    await record(actor, "definition.discard", "definition_version", draft.id, after={"number": draft.number})
    return draft


async def lint_version(actor: Actor, version_id: UUID) -> list[Finding]:
    """Return what stands against publishing a version, errors first, then warnings."""
    row = await access_version(actor, version_id, Permission.DEFINITION_READ)
    kind, step = await step_to(row, State(row.state))
    return [*lint(kind, step.body), *await kind.warn(actor, step.body)]


async def new_draft(actor: Actor, definition_id: UUID, *, note: str = "", version_id: UUID | None = None) -> DefinitionVersion:
    """Make the next version, a draft with the body of the newest one that was not discarded.

    A version of the same definition that is named lends its body instead, whatever became of it: so an older one comes
    back. Raises DraftExists, NotFound.
    """
    definition = await access_definition(actor, definition_id, Permission.DEFINITION_WRITE)
    await refuse_writing(actor, definition.kind)
    # Whoever numbers the next version holds the definition, so that two at once cannot take one number.
    await execute("select 1 from definition where id = $1 for no key update", definition.id)
    newest, source = await newest_versions(definition.id)
    if newest.state in (State.DRAFT, State.IN_REVIEW):
        raise DraftExists(number=newest.number)
    source = await access_body(actor, version_id or source.id, field="versionId" if version_id else None)
    if source.definition_id != definition.id:
        raise NotFound(field="versionId")
    checked = check_body(kind_of(definition.kind), await handed_out(source), stored=True)
    return await _add_version(actor, definition, number=newest.number + 1, body=checked, note=note)


async def clone_definition(
    actor: Actor, version_id: UUID, *, key: str, name: str, metrics: Mapping[str, str] | None = None
) -> DefinitionVersion:
    """Copy a version into a definition of its own, as its first draft; the source is not touched (C21).

    `metrics` says which metrics of the source another one takes the place of; all else of its structure is kept.
    """
    source = await access_body(actor, version_id)
    definition = await Definition.get(id=source.definition_id)
    await refuse_writing(actor, definition.kind)
    kind = kind_of(definition.kind)
    checked = check_body(kind, await handed_out(source), stored=True)
    if metrics:
        checked = check_body(kind, swap_metrics(checked.model, metrics), stored=True)
    note = f"{definition.key} v{source.number}"
    return await _create(actor, kind=definition.kind, key=key, name=name, body=checked, note=note)


async def _create(actor: Actor, *, kind: str, key: str, name: str, body: CheckedBody, note: str) -> DefinitionVersion:
    if not _KEY.fullmatch(key):
        raise DefinitionKeyInvalid(field="key", key=key[:80])
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise DefinitionNameInvalid(field="name", longest=LONGEST_NAME)
    made = await execute(
        "insert into definition (tenant_id, id, kind, key, name, created_at) values ($1, $2, $3, $4, $5, $6) "
        "on conflict (tenant_id, kind, key) do nothing returning id",
        *(actor.tenant_id, uuid7(), kind, key, name.strip(), now()),
    )
    if not made:
        raise DefinitionExists(field="key", key=key)
    definition = await Definition.get(id=made[0]["id"])
    return await _add_version(actor, definition, number=1, body=body, note=note)


async def _add_version(actor: Actor, definition: Definition, *, number: int, body: CheckedBody, note: str) -> DefinitionVersion:
    made = await DefinitionVersion.create(
        definition_id=definition.id,
        number=number,
        state=State.DRAFT.value,
        body=body.stored,
        checksum=body.checksum,
        author_id=actor.membership_id,
        note=_checked_note(note),
    )
    after = {"kind": definition.kind, "key": definition.key, "number": number, "checksum": body.checksum}
    await record(actor, "definition.draft", "definition_version", made.id, after=after)
    return made


async def _locked_draft(actor: Actor, version_id: UUID, version: int) -> DefinitionVersion:
    draft = await locked(actor, version_id, Permission.DEFINITION_WRITE, version)
    check_step(State(draft.state), State.DISCARDED)
    return draft


async def _refuse_logic(actor: Actor, old: CheckedBody | None, new: CheckedBody) -> None:
    """Refuse to change a formula or an alert rule without the permission for it; the rest is anybody's who may write."""
    changed = changed_logic(old.model if old else None, new.model)
    grants = await grants_of(actor) if changed else None
    for each in changed:
        if grants is not None and not grants.reaches_all(each.permission):
            raise LogicNotAllowed(field=f"body.{each.path}", path=each.path, permission=each.permission.value)


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(field="note", longest=LONGEST_NOTE)
    return note
