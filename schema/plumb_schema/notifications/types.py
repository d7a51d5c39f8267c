"""GraphQL types of notifications."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.notifications.resources import MESSAGE


@of(MESSAGE)
class Message(Node):
    pass


@tenant_type(needs=Permission.MESSAGE_READ, description="标记结果 / How many messages were unread till now.")
class MarkedMessages:
    count: int


@strawberry.input(description="标记已读 / Mark one's own messages as read; without ids, all of them.")
class MarkMessagesReadInput:
    ids: list[strawberry.ID] | None = None
