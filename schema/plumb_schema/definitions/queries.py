"""Queries of definitions."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.definitions.types import (
    Definition,
    DefinitionKind,
    DefinitionVersion,
    DiffEntry,
    difference_of,
    kind_shown,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import registered_kinds

_READ = Permission.DEFINITION_READ


@strawberry.type
class DefinitionQuery:
    @field(needs=_READ, description="配置类型 / All kinds of definitions.")
    async def definition_kinds(self, info: Info) -> list[DefinitionKind]:
        return [kind_shown(kind, info.context.locale) for kind in registered_kinds().values()]

    definitions = connection(Definition, description="配置列表 / Definitions by kind and key.")
    definition = single(Definition, description="单个配置 / One definition.")
    definition_version = single(DefinitionVersion, description="单个版本 / One version of a definition.")

    @field(needs=_READ, description="版本差异 / What changed from one version's body to another's.")
    async def diff_versions(self, info: Info, old: strawberry.ID, new: strawberry.ID) -> list[DiffEntry]:
        old_id = decode_id(old, "DefinitionVersion", field="old")
        new_id = decode_id(new, "DefinitionVersion", field="new")
        return [difference_of(found) for found in await service.diff_versions(info.context.caller, old_id, new_id)]
