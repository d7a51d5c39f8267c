"""The table of messages."""

from plumb_platform.database.models import CreatedModel, fields


class Message(CreatedModel):
    """One message to one person, or to a member who is none, about one object; `once` keeps an occasion from being told twice."""

    person_id = fields.UUIDField(null=True)
    membership_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=60)
    object_type = fields.CharField(max_length=60)
    object_id = fields.UUIDField()
    zh = fields.CharField(max_length=500)
    en = fields.CharField(max_length=500)
    once = fields.CharField(max_length=200, null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
