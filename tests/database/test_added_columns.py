"""Columns that come to tables with rows: each may be empty or has a default in the database, for rows and code from before."""

from importlib import import_module
from pathlib import Path

from tortoise.fields.base import Field
from tortoise.migrations.operations import AddField

from plumb_tenants import migrations
from plumb_tenants.tables import OLDEST_UPGRADED

NAMES = sorted(file.stem for file in Path(str(migrations.__file__)).parent.glob("0*.py"))


def test_a_column_that_comes_to_a_table_with_rows_says_what_stands_in_them() -> None:
    added = [
        (name, operation.model_name, operation.name, operation.field)
        for name in NAMES
        if name > OLDEST_UPGRADED
        for operation in import_module(f"plumb_tenants.migrations.{name}").Migration.operations
        if isinstance(operation, AddField)
    ]
    assert len(added) > 50
    silent = [place for *place, field in added if not isinstance(field, Field) or not (field.null or field.has_db_default())]
    assert silent == []
