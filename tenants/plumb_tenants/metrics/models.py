"""Tables of metrics: what sources said, what stands of it, when they were heard, and values as they were computed."""

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class ObservationRevision(CreatedModel):
    """What a source said of one of its records, revision by revision; never changed."""

    source = fields.CharField(max_length=40)
    external_id = fields.CharField(max_length=120)
    revision = fields.IntField()
    digest = fields.CharField(max_length=64)
    metric_key = fields.CharField(max_length=60)
    subject_kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    day = fields.DateField()
    happened_at = fields.DatetimeField(null=True)
    value = fields.DecimalField(max_digits=24, decimal_places=6)
    object_code = fields.CharField(max_length=120)
    deleted = fields.BooleanField(default=False)
    definition_version_id = fields.UUIDField()
    recorded_by = fields.UUIDField(null=True)

    class Meta:
        table = "observation_revision"


class Observation(CreatedModel):
    """A source's record as its highest revision says; `unit_id` is the subject's unit when it was first recorded."""

    source = fields.CharField(max_length=40)
    external_id = fields.CharField(max_length=120)
    revision = fields.IntField()
    metric_key = fields.CharField(max_length=60)
    subject_kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    day = fields.DateField()
    happened_at = fields.DatetimeField(null=True)
    value = fields.DecimalField(max_digits=24, decimal_places=6)
    object_code = fields.CharField(max_length=120)
    deleted = fields.BooleanField(default=False)
    definition_version_id = fields.UUIDField()

    class Meta:
        table = "observation"


class MetricFeed(TenantModel):
    """Up to when a source has told what it knows of a metric."""

    metric_key = fields.CharField(max_length=60)
    source = fields.CharField(max_length=40)
    as_of = fields.DatetimeField()

    class Meta:
        table = "metric_feed"


class MetricRecord(CreatedModel):
    """A value as it was computed at one time, under one version of its metric; never changed."""

    metric_key = fields.CharField(max_length=60)
    subject_kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    number = fields.IntField()
    value = fields.DecimalField(max_digits=24, decimal_places=6, null=True)
    reason = fields.CharField(max_length=20, null=True)
    as_of = fields.DatetimeField(null=True)
    definition_version_id = fields.UUIDField()
    computed_by = fields.UUIDField(null=True)

    class Meta:
        table = "metric_record"


class GrowthBase(CreatedModel):
    """What growth starts from, version by version; never changed."""

    metric_key = fields.CharField(max_length=60)
    subject_kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    number = fields.IntField()
    value = fields.DecimalField(max_digits=24, decimal_places=6)
    reason = fields.TextField()
    definition_version_id = fields.UUIDField()
    recorded_by = fields.UUIDField(null=True)

    class Meta:
        table = "growth_base"


class GrowthTarget(CreatedModel):
    """A target that grows from one version of a base; never changed."""

    base_id = fields.UUIDField()
    percent = fields.DecimalField(max_digits=12, decimal_places=4)
    target = fields.DecimalField(max_digits=24, decimal_places=6)
    set_by = fields.UUIDField(null=True)

    class Meta:
        table = "growth_target"
