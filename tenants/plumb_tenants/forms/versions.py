"""Compiled forms by version: a published body never changes, so that it is compiled once per process."""

from collections import OrderedDict
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.permissions import Permission, require
from plumb_tenants.definitions.service import PublishedVersion, effective_version, keys_of_kind, pinned_version, published_version
from plumb_tenants.forms.compiling import CompiledForm, compile_form
from plumb_tenants.forms.definition import KIND
from plumb_tenants.people.service import get_person

MOST_KEPT = 256
_kept: OrderedDict[tuple[UUID, str], CompiledForm] = OrderedDict()


def compiled_of(version: PublishedVersion) -> CompiledForm:
    """Return the compiled form of a version."""
    key = (version.id, version.checksum)
    if key not in _kept:
        _kept[key] = compile_form(version.body)
        if len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


async def form_to_fill(actor: Actor, version_id: UUID, *, field: str = "versionId") -> PublishedVersion:
    """Return a version that the caller may fill in now: a form, in effect for their unit; NotFound or Refused otherwise."""
    return await published_version(actor, version_id, kind=KIND, field=field, unit_id=await _unit_of(actor))


async def forms_in_effect(actor: Actor) -> list[PublishedVersion]:
    """Return the forms that are in effect for the caller's unit, by key."""
    await require(actor, Permission.SUBMISSION_WRITE)
    unit_id = await _unit_of(actor)
    keys = await keys_of_kind(KIND)
    found = [await effective_version(actor, kind=KIND, key=key, unit_id=unit_id) for key in keys]
    return [version for version in found if version is not None]


async def _unit_of(actor: Actor) -> UUID | None:
    return (await get_person(actor, actor.person_id)).unit_id if actor.person_id else None


async def form_of(actor: Actor, version_id: UUID) -> PublishedVersion:
    """Return the version that a submission is pinned to, archived meanwhile or not."""
    return await pinned_version(actor, version_id, kind=KIND)
