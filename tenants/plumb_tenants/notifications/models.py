"""The table of messages."""

from typing import Any

from plumb_platform.database.models import CreatedModel, fields


class Message(CreatedModel):
    """One message to one person, or to a member who is none, about one object; `once` keeps an occasion from being told twice.

    `told` names the values of rows that it says, and what it says without them (`telling.told_by`).
    """

    person_id = fields.UUIDField(null=True)
    membership_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=60)
    object_type = fields.CharField(max_length=60)
    object_id = fields.UUIDField()
    zh = fields.CharField(max_length=500)
    en = fields.CharField(max_length=500)
    told = fields.JSONField[dict[str, Any]](null=True)
    once = fields.CharField(max_length=200, null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
