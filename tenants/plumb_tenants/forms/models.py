"""Tables of forms: submissions, their files, synced figures, and dry runs with their batches."""

from typing import Any

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Submission(CreatedModel):
    """What a person filled in under one version of a form; frozen by a trigger once it is submitted (A1).

    Of a form with a flow it can be written while it is a draft or came back; `number` counts how often it was sent.
    `values` holds what is visible and answered; `fed` the synced figures of the moment of submitting, each with its `as_of`;
    `suggested` the suggestions of that moment.
    """

    definition_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    state = fields.CharField(max_length=12)
    values = fields.JSONField[dict[str, Any]]()
    fed = fields.JSONField[dict[str, Any]]()
    suggested = fields.JSONField[dict[str, Any]]()
    version = fields.IntField(default=1)
    submitted_at = fields.DatetimeField(null=True)
    number = fields.IntField(default=0, db_default=0)
    approval_id = fields.UUIDField(null=True)
    shredded_at = fields.DatetimeField(null=True)

    class Meta:
        table = "submission"


class SubmissionVersion(CreatedModel):
    """A submission as it was sent into approval: what approvers decided about, with the names and digests of its files."""

    submission_id = fields.UUIDField()
    number = fields.IntField()
    values = fields.JSONField[dict[str, Any]]()
    fed = fields.JSONField[dict[str, Any]]()
    files = fields.JSONField[list[dict[str, Any]]]()

    class Meta:
        table = "submission_version"


class Attachment(CreatedModel):
    """A file of one field of a submission, by its content address; kept by a trigger once that is submitted.

    One that a sent version names is never deleted: taken out of what came back, it is `removed_at` and stays in that version.
    """

    submission_id = fields.UUIDField()
    field = fields.CharField(max_length=40)
    name = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=120)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    file_key = fields.CharField(max_length=200)
    uploaded_by = fields.UUIDField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "attachment"


class FeedValue(CreatedModel):
    """A figure about a person that was synced from another system, as of an instant; never changed."""

    feed = fields.CharField(max_length=60)
    person_id = fields.UUIDField()
    value = fields.DecimalField(max_digits=26, decimal_places=4)
    as_of = fields.DatetimeField()
    recorded_by = fields.UUIDField(null=True)

    class Meta:
        table = "feed_value"


class FormDryRun(CreatedModel):
    """The replay of past submissions against a draft of their form, as it stood then (N10)."""

    definition_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    checksum = fields.CharField(max_length=64)
    body = fields.JSONField[dict[str, Any]]()
    total = fields.IntField()
    batches = fields.IntField()
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "form_dry_run"


class FormDryRunBatch(TenantModel):
    """What one batch of a dry run found; written once, so that a job that runs twice counts once."""

    run_id = fields.UUIDField()
    place = fields.IntField()
    checked = fields.IntField()
    broken = fields.JSONField[list[dict[str, Any]]]()

    class Meta:
        table = "form_dry_run_batch"
