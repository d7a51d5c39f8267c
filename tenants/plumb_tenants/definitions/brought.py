"""Files within bodies as a source of brought files: the pictures of letter templates, scanned again like attachments (C92)."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.storage import Storage
from plumb_tenants.definitions.kinds import kind_of, registered_kinds
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import BodyInvalid, stored_body
from plumb_tenants.files.resources import VERSION_KEYS
from plumb_tenants.files.service import Bearer, Files, FileUnreadable, Source, held_fields, refuse_quarantined, register


def key_of(version_id: UUID) -> str:
    """Return what the scan calls the files within a version."""
    return f"{VERSION_KEYS}{version_id}"


async def refuse_held(version_id: UUID, *, field: str) -> None:
    """Raise FILE_QUARANTINED while a later scan holds a file within a version of a definition."""
    await refuse_quarantined(key_of(version_id), field=field, row=version_id)


async def handed_out(row: DefinitionVersion) -> dict[str, Any]:
    """Return a version's body without the files that the scan holds."""
    held = await held_fields(key_of(row.id))
    return {name: value for name, value in row.body.items() if name not in held}


def _keys() -> str:
    carrying = ", ".join(f"'{kind.name}'" for kind in registered_kinds().values() if kind.carries_files)
    return (
        f"select '{VERSION_KEYS}' || v.id as file_key from definition_version v "
        f"join definition d on d.tenant_id = v.tenant_id and d.id = v.definition_id where d.kind in ({carrying})"
    )


async def _files(_: Actor, __: Storage, key: str) -> Files:
    """Return the files within a body, by their fields; none for a draft that was thrown away."""
    row = await DefinitionVersion.get_or_none(id=UUID(key.removeprefix(VERSION_KEYS)))
    if row is None:
        return []
    kind = kind_of((await Definition.get(id=row.definition_id)).kind)
    try:
        return kind.files_in(stored_body(kind, row.body))
    except BodyInvalid:
        raise FileUnreadable(key=key) from None


async def _bearers(key: str) -> list[Bearer]:
    row = await DefinitionVersion.get_or_none(id=UUID(key.removeprefix(VERSION_KEYS)))
    if row is None:
        return []
    definition = await Definition.get(id=row.definition_id)
    facts = {"key": definition.key, "number": row.number}
    return [Bearer(row.id, f"{definition.name} v{row.number}", definition.id, row.author_id, facts)]


BODIES = register(
    Source(
        word="definition",
        type_name="DefinitionVersion",
        table="definition_version",
        keys=_keys,
        owns=lambda key: key.startswith(VERSION_KEYS),
        files=_files,
        bearers=_bearers,
    )
)
