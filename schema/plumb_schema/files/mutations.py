"""Mutations of the virus scan: what becomes of files that it holds."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.files.types import FileScan, ReleaseHeldFileInput, RemoveHeldFileInput
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.files.service import release_held_file
from plumb_tenants.retention.service import remove_held_file


@strawberry.type
class FileMutation:
    @mutation(needs=Permission.FILE_JUDGE, description="解除隔离 / Release a held file: what was found is a false alarm.")
    async def release_held_file(self, info: Info, input: ReleaseHeldFileInput) -> FileScan:
        scan_id = decode_id(input.id, "FileScan", field="id")
        released = await release_held_file(info.context.caller, scan_id=scan_id, version=input.version, reason=input.reason)
        return row_of(FileScan, released)

    @mutation(needs=Permission.FILE_JUDGE, description="销毁隔离文件 / Destroy a held file; a legal hold keeps it.")
    async def remove_held_file(self, info: Info, input: RemoveHeldFileInput) -> FileScan:
        scan_id, storage = decode_id(input.id, "FileScan", field="id"), info.context.ground.storage
        caller, version = info.context.caller, input.version
        return row_of(FileScan, await remove_held_file(caller, storage, scan_id=scan_id, version=version, reason=input.reason))
