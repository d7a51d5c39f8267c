"""GraphQL types of the virus scan."""

import strawberry

import plumb_schema.definitions.types
import plumb_schema.forms.types  # noqa: F401 - relations lead to both
from plumb_schema.ground.ids import Node
from plumb_schema.reads.classes import of
from plumb_tenants.files.resources import FILE_SCAN


@of(FILE_SCAN)
class FileScan(Node):
    pass


@strawberry.input(description="解除隔离 / Declare what was found in a held file a false alarm, with the reason.")
class ReleaseHeldFileInput:
    id: strawberry.ID
    version: int
    reason: str


@strawberry.input(description="销毁文件 / Destroy a held file for good, with the reason.")
class RemoveHeldFileInput:
    id: strawberry.ID
    version: int
    reason: str
