"""Queries of definitions."""

from collections.abc import Sequence

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.definitions.types import (
    Definition,
    DefinitionKind,
    DefinitionVersion,
    DiffEntry,
    definition_of,
    difference_of,
    kind_shown,
    version_of,
)
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_tenants.definitions import service
from plumb_tenants.definitions.access import access_definition, access_version
from plumb_tenants.definitions.kinds import registered_kinds

_READ = Permission.DEFINITION_READ


@strawberry.type
class DefinitionQuery:
    @field(needs=_READ, description="配置类型 / All kinds of definitions.")
    async def definition_kinds(self, info: Info) -> list[DefinitionKind]:
        return [kind_shown(kind, info.context.locale) for kind in registered_kinds().values()]

    @field(needs=_READ, description="配置列表 / Definitions by kind and key.")
    async def definitions(
        self, info: Info, first: int | None = None, after: str | None = None, kind: str | None = None
    ) -> Connection[Definition]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.Definition]:
            place = (str(behind[0]), str(behind[1])) if behind else None
            return await service.list_definitions(info.context.caller, limit=limit, kind=kind, after=place)

        return await page(
            info.context,
            read,
            place=f"definitions:{kind}",
            key=lambda row: (row.kind, row.key),
            node=definition_of,
            first=first,
            after=after,
        )

    @field(needs=_READ, description="单个配置 / One definition.")
    async def definition(self, info: Info, id: strawberry.ID) -> Definition:
        return definition_of(await access_definition(info.context.caller, decode_id(id, "Definition"), _READ))

    @field(needs=_READ, description="单个版本 / One version of a definition.")
    async def definition_version(self, info: Info, id: strawberry.ID) -> DefinitionVersion:
        return version_of(await access_version(info.context.caller, decode_id(id, "DefinitionVersion"), _READ))

    @field(needs=_READ, description="版本差异 / What changed from one version's body to another's.")
    async def diff_versions(self, info: Info, old: strawberry.ID, new: strawberry.ID) -> list[DiffEntry]:
        old_id = decode_id(old, "DefinitionVersion", field="old")
        new_id = decode_id(new, "DefinitionVersion", field="new")
        return [difference_of(found) for found in await service.diff_versions(info.context.caller, old_id, new_id)]
