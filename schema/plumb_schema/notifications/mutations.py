"""Mutations of notifications."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.notifications.types import MarkedMessages, MarkMessagesReadInput
from plumb_tenants.notifications import service


@strawberry.type
class NotificationMutation:
    @mutation(needs=Permission.MESSAGE_READ, description="标记已读 / Mark one's own messages as read.", at_once=True)
    async def mark_messages_read(self, info: Info, input: MarkMessagesReadInput) -> MarkedMessages:
        ids = None if input.ids is None else [decode_id(each, "Message", field="ids") for each in input.ids]
        return MarkedMessages(count=await service.mark_read(info.context.caller, message_ids=ids))
