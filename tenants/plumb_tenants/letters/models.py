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
    expires_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)
    closed_reason = fields.CharField(max_length=500, null=True)
    shredded_at = fields.DatetimeField(null=True)
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


class LetterSigner(TenantModel):
    """One of the chain of a letter: who, as what, at which step, and how far they are."""

    letter_id = fields.UUIDField()
    role = fields.CharField(max_length=12)
    act = fields.CharField(max_length=8)
    step = fields.IntField()
    label = fields.CharField(max_length=40)
    person_id = fields.UUIDField()
    state = fields.CharField(max_length=8)
    asked_at = fields.DatetimeField(null=True)
    reminders = fields.IntField(default=0)
    reminded_at = fields.DatetimeField(null=True)

    class Meta:
        table = "letter_signer"


class LetterSignature(TenantModel):
    """One person's act of signing or approving, in their own session, with the proof that was asked; never changed."""

    letter_id = fields.UUIDField()
    role = fields.CharField(max_length=12)
    person_id = fields.UUIDField()
    membership_id = fields.UUIDField()
    session_id = fields.UUIDField(null=True)
    signed_at = fields.DatetimeField()
    address = fields.CharField(max_length=64)
    agent = fields.CharField(max_length=300)
    canonical_sha256 = fields.CharField(max_length=64)
    act = fields.CharField(max_length=8, default="SIGNER", db_default="SIGNER")
    label = fields.CharField(max_length=40, default="", db_default="")
    proof = fields.CharField(max_length=8, default="NONE", db_default="NONE")
    form = fields.CharField(max_length=8, null=True)
    image = fields.BinaryField(null=True)

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


class LetterAnnex(CreatedModel):
    """A file beside a letter, made once: its battle map, or its audit page; never changed."""

    letter_id = fields.UUIDField()
    kind = fields.CharField(max_length=12)
    file_key = fields.CharField(max_length=200)
    file_sha256 = fields.CharField(max_length=64)
    file_size = fields.IntField()

    class Meta:
        table = "letter_annex"


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


class LetterRun(CreatedModel):
    """One act of issuing letters to many: how far it is follows from its items."""

    cycle_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    state = fields.CharField(max_length=12)
    total = fields.IntField()
    chunk = fields.IntField(default=0)
    created_by = fields.UUIDField(null=True)
    finished_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "letter_run"


class LetterRunItem(TenantModel):
    """One employee of a run, and what became of their letter."""

    run_id = fields.UUIDField()
    ordinal = fields.IntField()
    employee_id = fields.UUIDField()
    goals = fields.JSONField[list[str]]()
    state = fields.CharField(max_length=12)
    letter_id = fields.UUIDField(null=True)
    error_code = fields.CharField(max_length=60, null=True)
    error = fields.JSONField[dict[str, Any] | None](null=True)

    class Meta:
        table = "letter_run_item"
