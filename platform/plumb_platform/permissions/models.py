"""Tables of permissions: the rules of published matrices, roles that people get, and the version of all that decides."""

from plumb_platform.database.models import CreatedModel, Model, TenantModel, fields


class AccessVersion(Model):
    """The number of the last change that could alter somebody's grants; triggers give it, and never one number twice."""

    tenant_id = fields.UUIDField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        table = "access_version"


class MatrixRule(TenantModel):
    """One line of a published matrix version, as casbin's adapter loads it; rows are only ever added."""

    definition_version_id = fields.UUIDField()
    ordinal = fields.IntField()
    ptype = fields.CharField(max_length=4, default="p")
    role = fields.CharField(max_length=40)
    resource = fields.CharField(max_length=30)
    action = fields.CharField(max_length=30)
    scope = fields.CharField(max_length=10)
    row_filter = fields.TextField(source_field="filter", default="")
    effect = fields.CharField(max_length=5)
    shown_fields = fields.JSONField[list[str]](source_field="fields", null=True)

    class Meta:
        table = "matrix_rule"


class RoleAssignment(CreatedModel):
    """A role that people have between two days: one person, all of a grade or a position, or all below a unit."""

    role = fields.CharField(max_length=40)
    person_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField(null=True)
    grade = fields.CharField(max_length=40, null=True)
    position = fields.CharField(max_length=80, null=True)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)
    delegated_by = fields.UUIDField(null=True)
    assigned_by = fields.UUIDField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "role_assignment"
