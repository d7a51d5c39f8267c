"""Tables of letters: the letter, the goal versions that it binds, its signatures, trials of templates."""

from typing import Any

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Letter(CreatedModel):
    """A responsibility letter; its content is fixed when it is issued, its file when it is sealed."""

    number = fields.CharField(max_length=40)
    cycle_id = fields.UUIDField()
    employee_id = fields.UUIDField()
    manager_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    issued_by = fields.UUIDField(null=True)
    definition_version_id = fields.UUIDField()
    state = fields.CharField(max_length=20)
    content = fields.JSONField[dict[str, Any]]()
    canonical = fields.TextField()
    canonical_sha256 = fields.CharField(max_length=64)
    verify_code = fields.CharField(max_length=64)
    signing_key_id = fields.UUIDField(null=True)
    file_key = fields.CharField(max_length=200, null=True)
    file_sha256 = fields.CharField(max_length=64, null=True)
    file_size = fields.IntField(null=True)
    sealed_at = fields.DatetimeField(null=True)
    seal_level = fields.CharField(max_length=8, null=True)
    seal_note = fields.CharField(max_length=60, null=True)
    stamped_at = fields.DatetimeField(null=True)
    stamps_end_at = fields.DatetimeField(null=True)
    superseded_by = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "letter"


class LetterGoal(TenantModel):
    """A goal version that a letter binds."""

    letter_id = fields.UUIDField()
    goal_id = fields.UUIDField()
    goal_version_id = fields.UUIDField()
    ordinal = fields.IntField()

    class Meta:
        table = "letter_goal"


class LetterSignature(TenantModel):
    """One person's act of signing, in their own session; never changed."""

    letter_id = fields.UUIDField()
    role = fields.CharField(max_length=12)
    person_id = fields.UUIDField()
    membership_id = fields.UUIDField()
    session_id = fields.UUIDField(null=True)
    signed_at = fields.DatetimeField()
    address = fields.CharField(max_length=64)
    agent = fields.CharField(max_length=300)
    canonical_sha256 = fields.CharField(max_length=64)

    class Meta:
        table = "letter_signature"


class LetterStamp(CreatedModel):
    """A later revision of a sealed file: the same with one more time stamp over all of it; never changed."""

    letter_id = fields.UUIDField()
    number = fields.IntField()
    file_key = fields.CharField(max_length=200)
    file_sha256 = fields.CharField(max_length=64)
    file_size = fields.IntField()
    stamps_end_at = fields.DatetimeField()

    class Meta:
        table = "letter_stamp"


class LetterTrial(CreatedModel):
    """A template tried before it is published: a preview with its files, or a dry run with what would not print."""

    kind = fields.CharField(max_length=12)
    definition_version_id = fields.UUIDField()
    made_by = fields.UUIDField()
    asked = fields.JSONField[dict[str, Any]]()
    checksum = fields.CharField(max_length=64, null=True)
    finished_at = fields.DatetimeField(null=True)
    pdf_key = fields.CharField(max_length=200, null=True)
    pages = fields.JSONField[list[str]]()
    checked = fields.IntField(default=0)
    faults = fields.IntField(default=0)
    findings = fields.JSONField[list[dict[str, Any]]]()

    class Meta:
        table = "letter_trial"
