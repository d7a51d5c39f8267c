"""Queries of notifications."""

import strawberry

from plumb_schema.notifications.types import Message
from plumb_schema.reads.classes import connection


@strawberry.type
class NotificationQuery:
    messages = connection(Message, description="我的消息 / The caller's messages, newest first.")
