"""Tables of the outbox and of saved answers to repeated mutations."""

from typing import Any

from plumb_platform.database.models import CreatedModel, fields, now


class Outbox(CreatedModel):
    """One job: its envelope (topic, times, tries) is the relay's, its payload the worker's."""

    topic = fields.CharField(max_length=60)
    payload = fields.JSONField[dict[str, Any]]()
    dedupe_key = fields.CharField(max_length=120, null=True)
    created_by = fields.UUIDField(null=True)
    request_id = fields.CharField(max_length=64, default="")
    available_at = fields.DatetimeField(default=now)
    sent_at = fields.DatetimeField(null=True)
    tries = fields.IntField(default=0)
    started_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    failures = fields.IntField(default=0)
    queued_again_at = fields.DatetimeField(null=True)
    error_code = fields.CharField(max_length=60, null=True)
    error = fields.JSONField[dict[str, Any] | None](null=True)
    result = fields.JSONField[dict[str, Any] | None](null=True)

    class Meta:
        table = "outbox"


class IdempotentAnswer(CreatedModel):
    """The answer that a mutation gave under an idempotency key, kept to be replayed (A52)."""

    membership_id = fields.UUIDField()
    key = fields.CharField(max_length=120)
    request_hash = fields.CharField(max_length=64)
    rights = fields.CharField(max_length=64, default="", db_default="")
    """A digest of what the member could see and do once it was made: it is told again under the same only."""
    answer = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "idempotent_answer"
