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
    author_id = fields.UUIDField(null=True)
    editors = fields.JSONField[list[str]](default=list)
    note = fields.TextField(default="")
    published_at = fields.DatetimeField(null=True)
    archived_at = fields.DatetimeField(null=True)
    review_round = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "definition_version"


class DefinitionReview(CreatedModel):
    """One act in the review of a version: submitted, approved, rejected or withdrawn; never changed."""

    definition_version_id = fields.UUIDField()
    round = fields.IntField()
    act = fields.CharField(max_length=10)
    roles = fields.JSONField[list[str]]()
    membership_id = fields.UUIDField(null=True)
    checksum = fields.CharField(max_length=64)
    comment = fields.TextField(default="")

    class Meta:
        table = "definition_review"


class DefinitionWave(CreatedModel):
    """A unit that a version is for from a day on, before it is for the whole company; never changed."""

    definition_version_id = fields.UUIDField()
    number = fields.IntField()
    unit_id = fields.UUIDField()
    starts_on = fields.DateField()
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "definition_wave"


class DefinitionMilestone(CreatedModel):
    """A milestone of a roll-out: T+`day` of the plan, and the day on which it was reached; never changed."""

    definition_version_id = fields.UUIDField()
    day = fields.IntField()
    reached_on = fields.DateField()
    note = fields.TextField(default="")
    recorded_by = fields.UUIDField(null=True)

    class Meta:
        table = "definition_milestone"
