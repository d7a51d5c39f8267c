"""Tables of the audit chain: its entries, which never change, and its head."""

from typing import Any

from plumb_platform.database.models import Model, TenantModel, fields


class AuditEntry(TenantModel):
    """One change: who, what, on which object, before and after; hashed onto the entry before it."""

    number = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.JSONField[dict[str, Any]]()
    action = fields.CharField(max_length=60)
    object_type = fields.CharField(max_length=40)
    object_id = fields.UUIDField(null=True)
    before = fields.JSONField[Any](null=True)
    after = fields.JSONField[Any](null=True)
    request_id = fields.CharField(max_length=64)
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entry"


class AuditHead(Model):
    """Root, last number and last hash of a company's chain; its row lock orders the writers."""

    tenant_id = fields.UUIDField(primary_key=True)
    root = fields.CharField(max_length=64)
    number = fields.BigIntField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_head"
