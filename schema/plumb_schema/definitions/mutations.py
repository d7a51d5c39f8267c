"""Mutations of definitions: draft, publish, archive, clone."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.definitions.types import DefinitionBodyInput, DefinitionVersion, body_given
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.definitions import service

_WRITE, _PUBLISH = Permission.DEFINITION_WRITE, Permission.DEFINITION_PUBLISH


@strawberry.input(description="新建配置 / Make a definition with its first draft; the body's member says its kind.")
class CreateDefinitionInput:
    key: str
    name: str
    body: DefinitionBodyInput
    note: str = ""


@strawberry.input(description="修改草稿 / Replace the body of a draft; `version` is the one that was read.")
class UpdateDraftInput:
    id: strawberry.ID
    version: int
    body: DefinitionBodyInput
    note: str | None = None


@strawberry.input(description="发布版本 / Publish for ever and for the whole company; effective today unless a day is given.")
class PublishVersionInput:
    id: strawberry.ID
    version: int
    effective_from: date | None = None


@strawberry.input(description="归档版本 / Take a published version out of use.")
class ArchiveVersionInput:
    id: strawberry.ID
    version: int


@strawberry.input(description="放弃草稿 / Give a draft up; `version` is the one that was read.")
class DiscardDraftInput:
    id: strawberry.ID
    version: int


@strawberry.input(description="替换指标 / A metric of the source, and the one that takes its place.")
class MetricSwapInput:
    old: str
    new: str


@strawberry.input(description="复制配置 / Copy a version into a definition of its own, with other metrics where given.")
class CloneDefinitionInput:
    version_id: strawberry.ID
    key: str
    name: str
    metrics: list[MetricSwapInput] = strawberry.field(default_factory=list)


@strawberry.input(
    description="新建草稿 / Make the next version, a draft with the newest body or that of the version that is named."
)
class NewDraftInput:
    definition_id: strawberry.ID
    note: str = ""
    version_id: strawberry.ID | None = None


@strawberry.type
class DefinitionMutation:
    @mutation(needs=_WRITE, description="新建配置 / Make a definition with its first draft.")
    async def create_definition(self, info: Info, input: CreateDefinitionInput) -> DefinitionVersion:
        kind, body = body_given(input.body)
        made = await service.create_definition(
            info.context.caller, kind=kind, key=input.key, name=input.name, body=body, note=input.note
        )
        await service.scan_version(info.context.ground.scanner, made)
        return row_of(DefinitionVersion, made.id)

    @mutation(needs=_WRITE, description="修改草稿 / Replace the body of a draft.")
    async def update_draft(self, info: Info, input: UpdateDraftInput) -> DefinitionVersion:
        kind, body = body_given(input.body)
        draft_id = decode_id(input.id, "DefinitionVersion", field="id")
        changed = await service.update_draft(
            info.context.caller, draft_id, body=body, version=input.version, note=input.note, kind=kind
        )
        await service.scan_version(info.context.ground.scanner, changed)
        return row_of(DefinitionVersion, changed.id)

    @mutation(needs=_PUBLISH, description="发布版本 / Publish; refused while lint has errors or a review is missing.")
    async def publish_version(self, info: Info, input: PublishVersionInput) -> DefinitionVersion:
        draft_id = decode_id(input.id, "DefinitionVersion", field="id")
        published = await service.publish_version(
            info.context.caller, draft_id, version=input.version, effective_from=input.effective_from
        )
        await service.scan_version(info.context.ground.scanner, published)
        return row_of(DefinitionVersion, published.id)

    @mutation(needs=_PUBLISH, description="归档版本 / Take a published version out of use.")
    async def archive_version(self, info: Info, input: ArchiveVersionInput) -> DefinitionVersion:
        version_id = decode_id(input.id, "DefinitionVersion", field="id")
        await service.archive_version(info.context.caller, version_id, version=input.version)
        return row_of(DefinitionVersion, version_id)

    @mutation(needs=_WRITE, description="复制配置 / Copy a version into a definition of its own; the source is not touched.")
    async def clone_definition(self, info: Info, input: CloneDefinitionInput) -> DefinitionVersion:
        source_id = decode_id(input.version_id, "DefinitionVersion", field="versionId")
        metrics = {swap.old: swap.new for swap in input.metrics}
        clone = await service.clone_definition(info.context.caller, source_id, key=input.key, name=input.name, metrics=metrics)
        return row_of(DefinitionVersion, clone.id)

    @mutation(needs=_WRITE, description="新建草稿 / Make the next version of a definition.")
    async def new_draft(self, info: Info, input: NewDraftInput) -> DefinitionVersion:
        definition_id = decode_id(input.definition_id, "Definition", field="definitionId")
        source = input.version_id
        version_id = None if source is None else decode_id(source, "DefinitionVersion", field="versionId")
        draft = await service.new_draft(info.context.caller, definition_id, note=input.note, version_id=version_id)
        return row_of(DefinitionVersion, draft.id)

    @mutation(needs=_WRITE, description="放弃草稿 / Give a draft up, so that another can be made; it stays to be read.")
    async def discard_draft(self, info: Info, input: DiscardDraftInput) -> DefinitionVersion:
        draft_id = decode_id(input.id, "DefinitionVersion", field="id")
        draft = await service.discard_draft(info.context.caller, draft_id, version=input.version)
        return row_of(DefinitionVersion, draft.id)
