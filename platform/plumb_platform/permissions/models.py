"""The permission table: which role may do what, over which rows."""

from plumb_platform.database.models import TenantModel, fields


class RolePermission(TenantModel):
    """One grant of a role: a permission (`goal:read`) and the row scope it reaches."""

    role = fields.CharField(max_length=40)
    permission = fields.CharField(max_length=60)
    scope = fields.CharField(max_length=10)

    class Meta:
        table = "role_permission"
