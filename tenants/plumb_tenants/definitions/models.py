"""Tables of definitions: the named thing and its numbered versions."""

from typing import Any

from plumb_platform.database.models import CreatedModel, fields


class Definition(CreatedModel):
    """A configured thing of one kind, under a key of the company's own."""

    kind = fields.CharField(max_length=40)
    key = fields.CharField(max_length=60)
    name = fields.CharField(max_length=120)

    class Meta:
        table = "definition"


class DefinitionVersion(CreatedModel):
    """One version of a definition; frozen by a trigger once it is published."""

    definition_id = fields.UUIDField()
    number = fields.IntField()
    state = fields.CharField(max_length=12)
    body = fields.JSONField[dict[str, Any]]()
    checksum = fields.CharField(max_length=64)
    effective_from = fields.DateField(null=True)
    scope = fields.JSONField[list[str]](null=True)
    author_id = fields.UUIDField(null=True)
    note = fields.TextField(default="")
    published_at = fields.DatetimeField(null=True)
    archived_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "definition_version"
