"""Plans keep what they were split with: padding, the day of their coefficients, the working days of their cycle."""

from decimal import Decimal

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Columns with a default in the database, so that code that runs now goes on writing plans."""

    dependencies = [("plumb", "0013_letter_trials")]

    operations = [
        ops.AddField(
            model_name="Plan",
            name="padding_percent",
            field=fields.DecimalField(default=Decimal(0), db_default=Decimal(0), max_digits=5, decimal_places=2),
        ),
        ops.AddField(model_name="Plan", name="as_of", field=fields.DateField(null=True)),
        ops.AddField(model_name="Plan", name="working_days", field=fields.IntField(default=0, db_default=0)),
    ]
