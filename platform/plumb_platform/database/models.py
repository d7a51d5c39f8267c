"""The ground of every table: tenant, time-ordered id, and the column types that numbers must use."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model as StockModel

from plumb_platform.clock import now
from plumb_platform.database.filters import TableMeta
from plumb_platform.database.transaction import current_actor
from plumb_platform.ids import uuid7

__all__ = ["AmountField", "CreatedModel", "Model", "TenantModel", "WeightField", "fields", "now", "uuid7"]


def current_tenant() -> UUID:
    """Return the company of the open transaction, the default of every `tenant_id`."""
    return current_actor().tenant_id


class Model(StockModel, metaclass=TableMeta):
    """A row of a table, of a company or of none."""

    class Meta:
        abstract = True


class TenantModel(Model):
    """A row of one company; the primary key in the database is (tenant_id, id)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tenant_id = fields.UUIDField(default=current_tenant)

    class Meta:
        abstract = True


class CreatedModel(TenantModel):
    """A row that knows when it was made, by our clock."""

    created_at = fields.DatetimeField(default=now)

    class Meta:
        abstract = True


def AmountField(**options: Any) -> Any:  # noqa: N802 - stands where a field class stands
    """Return a numeric(20,2) column for targets and money."""
    return fields.DecimalField(max_digits=20, decimal_places=2, **options)


def WeightField(**options: Any) -> Any:  # noqa: N802 - stands where a field class stands
    """Return a numeric(5,2) column for weights in percent, 0.00 to 100.00."""
    return fields.DecimalField(max_digits=5, decimal_places=2, **options)
