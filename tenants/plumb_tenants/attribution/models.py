"""Tables of attribution: bonus periods, orders, the versions of their shares, credit, closed lines, files, disputes."""

from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, TenantModel, fields


class BonusPeriod(CreatedModel):
    """A period that bonuses are paid for, both days included; frozen by a trigger once it is closed."""

    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)
    line_count = fields.IntField(null=True)

    class Meta:
        table = "bonus_period"


class SalesOrder(CreatedModel):
    """An order under the company's own code; `number` is that of its present shares, `period_id` where its day falls."""

    code = fields.CharField(max_length=60)
    customer = fields.CharField(max_length=200)
    product = fields.CharField(max_length=120)
    region = fields.CharField(max_length=120)
    amount = AmountField()
    currency = fields.CharField(max_length=3)
    ordered_on = fields.DateField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    period_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    split_type = fields.CharField(max_length=12)
    number = fields.IntField(default=1)
    version = fields.IntField(default=1)
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "sales_order"


class ShareVersion(CreatedModel):
    """The shares of an order as somebody set them, with amount, reason and the period that took them; never changed."""

    order_id = fields.UUIDField()
    number = fields.IntField()
    period_id = fields.UUIDField()
    amount = AmountField()
    source = fields.CharField(max_length=12)
    reason = fields.TextField(null=True)
    lines = fields.JSONField[list[dict[str, Any]]]()
    set_by = fields.UUIDField(null=True)

    class Meta:
        table = "share_version"


class Credit(TenantModel):
    """What a person gets of an order in a period; unit and manager are those of the day when it was given."""

    order_id = fields.UUIDField()
    share_version_id = fields.UUIDField()
    period_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField()
    manager_id = fields.UUIDField(null=True)
    role = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=12)
    percent = fields.DecimalField(max_digits=7, decimal_places=2)
    amount = AmountField()

    class Meta:
        table = "credit"


class BonusLine(TenantModel):
    """One line of a closed period as it is exported: names and codes as they were when it closed."""

    period_id = fields.UUIDField()
    ordinal = fields.IntField()
    order_code = fields.CharField(max_length=60)
    customer = fields.CharField(max_length=200)
    product = fields.CharField(max_length=120)
    region = fields.CharField(max_length=120)
    ordered_on = fields.DateField()
    unit_code = fields.CharField(max_length=40)
    unit_name = fields.CharField(max_length=120)
    person_number = fields.CharField(max_length=40)
    person_name = fields.CharField(max_length=120)
    role = fields.CharField(max_length=60)
    kind = fields.CharField(max_length=12)
    percent = fields.DecimalField(max_digits=7, decimal_places=2)
    amount = AmountField()
    currency = fields.CharField(max_length=3)

    class Meta:
        table = "bonus_line"


class BonusExport(CreatedModel):
    """A file made of a closed period, by its content address; `grouped_by` names dimensions (PERSON,ROLE), empty for lines."""

    period_id = fields.UUIDField()
    format = fields.CharField(max_length=4)
    grouped_by = fields.CharField(max_length=80, default="", db_default="")
    file_key = fields.CharField(max_length=200)
    sha256 = fields.CharField(max_length=64)
    size = fields.IntField()
    made_by = fields.UUIDField(null=True)

    class Meta:
        table = "bonus_export"


class Dispute(CreatedModel):
    """An inquiry about the shares of an order, bound to the version that was disputed."""

    order_id = fields.UUIDField()
    share_version_id = fields.UUIDField()
    subject = fields.CharField(max_length=200)
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    opened_by = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField()
    resolution = fields.TextField(null=True)
    resolved_number = fields.IntField(null=True)
    resolved_at = fields.DatetimeField(null=True)
    resolved_by = fields.UUIDField(null=True)

    class Meta:
        table = "dispute"


class DisputeComment(CreatedModel):
    """What somebody said in a dispute; never changed."""

    dispute_id = fields.UUIDField()
    author_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    text = fields.TextField()

    class Meta:
        table = "dispute_comment"
