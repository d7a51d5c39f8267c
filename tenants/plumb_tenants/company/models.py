"""Tables of the company: the tenant itself, its signing keys, its counters."""

from plumb_platform.database.models import CreatedModel, Model, TenantModel, fields, now


class Company(Model):
    """A tenant; its id is the tenant_id of all its rows."""

    id = fields.UUIDField(primary_key=True, source_field="tenant_id")
    key = fields.CharField(max_length=40)
    name = fields.CharField(max_length=200)
    locale = fields.CharField(max_length=8, default="zh-CN")
    time_zone = fields.CharField(max_length=60, default="Asia/Shanghai")
    currency = fields.CharField(max_length=3, default="CNY")
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(default=now)

    class Meta:
        table = "company"


class SigningKey(CreatedModel):
    """A key that seals letters and the company's root that vouches for it; private keys are encrypted."""

    root_certificate = fields.BinaryField()
    root_key = fields.BinaryField()
    seal_certificate = fields.BinaryField()
    seal_key = fields.BinaryField()
    serial = fields.CharField(max_length=64)
    not_after = fields.DatetimeField()
    active = fields.BooleanField(default=True)

    class Meta:
        table = "signing_key"


class Counter(TenantModel):
    """A number that people see, counted per company (letter numbers)."""

    name = fields.CharField(max_length=40)
    value = fields.BigIntField(default=0)

    class Meta:
        table = "counter"
