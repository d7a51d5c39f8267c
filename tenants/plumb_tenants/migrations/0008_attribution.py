"""Attribution: bonus periods, orders, versions of their shares, credit that closed periods keep, files and disputes."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"
READ = ("bonus_period", "sales_order", "share_version", "credit", "bonus_export", "dispute", "dispute_comment")
"""The tables behind answers that are kept until one of them changes."""

PERIODS = [
    *tenant_table("bonus_period", unique=[["code"]], index=[["starts_on"]]),
    "ALTER TABLE bonus_period ADD CHECK (starts_on <= ends_on), ADD CHECK (state IN ('OPEN', 'CLOSED'))",
    *frozen("bonus_period", when="OLD.state = 'CLOSED'"),
    # Whole statements are looked at, not rows: a hundred thousand orders cost one look.
    """CREATE FUNCTION sec.keep_closed_period() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         IF EXISTS (SELECT FROM changed c JOIN public.bonus_period p ON p.tenant_id = c.tenant_id AND p.id = c.period_id
                    WHERE p.state = 'CLOSED') THEN
           RAISE EXCEPTION 'a closed bonus period never changes' USING ERRCODE = '23001';
         END IF;
         RETURN NULL;
       END $$""",
]

ORDERS = [
    *tenant_table(
        "sales_order",
        references={
            "unit_id": "org_unit",
            "owner_id": "person",
            "period_id": "bonus_period",
            "definition_version_id": "definition_version",
        },
        unique=[["code"]],
        index=[["period_id"], ["unit_id"], ["owner_id"]],
    ),
    *tenant_table(
        "share_version",
        references={"order_id": "sales_order", "period_id": "bonus_period"},
        unique=[["order_id", "number"]],
        app=APPEND,
    ),
    *frozen("share_version"),
    # Unit and manager are copied from the person's own row, and the share version is written by the same statement.
    *tenant_table(
        "credit",
        references={"order_id": "sales_order", "period_id": "bonus_period", "person_id": "person"},
        index=[["order_id"], ["period_id"], ["person_id"]],
        app="select, insert, delete",
    ),
    *frozen("credit", events="UPDATE"),
]

CLOSED = [
    # A line is only ever read by its place in its period.
    *tenant_table("bonus_line", app=APPEND),
    "ALTER TABLE bonus_line DROP CONSTRAINT bonus_line_pkey",
    "ALTER TABLE bonus_line ADD PRIMARY KEY (tenant_id, period_id, ordinal)",
    *frozen("bonus_line"),
    *tenant_table("bonus_export", references={"period_id": "bonus_period"}, unique=[["period_id", "format"]], app=APPEND),
    *frozen("bonus_export"),
    *(
        f"CREATE TRIGGER {table}_{event}_closed AFTER {event} ON {table} "
        f"REFERENCING {image} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sec.keep_closed_period()"
        for table, event, image in (("credit", "insert", "NEW"), ("credit", "delete", "OLD"), ("bonus_line", "insert", "NEW"))
    ),
]

DISPUTES = [
    *tenant_table(
        "dispute",
        references={
            "order_id": "sales_order",
            "share_version_id": "share_version",
            "person_id": "person",
            "unit_id": "org_unit",
        },
        index=[["order_id"], ["person_id"], ["unit_id"]],
    ),
    *tenant_table(
        "dispute_comment",
        references={"dispute_id": "dispute", "person_id": "person"},
        index=[["dispute_id"]],
        app=APPEND,
    ),
    *frozen("dispute_comment"),
]


class Migration(migrations.Migration):
    """Runs after the tenancy of the first tables; undone only by restoring a backup."""

    dependencies = [("plumb", "0007_versions")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='BonusExport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('period_id', fields.UUIDField()),
                ('format', fields.CharField(max_length=4)),
                ('file_key', fields.CharField(max_length=200)),
                ('sha256', fields.CharField(max_length=64)),
                ('size', fields.IntField()),
                ('made_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'bonus_export', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A file made of a closed period, by its content address.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='BonusLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('period_id', fields.UUIDField()),
                ('ordinal', fields.IntField()),
                ('order_code', fields.CharField(max_length=60)),
                ('customer', fields.CharField(max_length=200)),
                ('product', fields.CharField(max_length=120)),
                ('region', fields.CharField(max_length=120)),
                ('ordered_on', fields.DateField()),
                ('unit_code', fields.CharField(max_length=40)),
                ('unit_name', fields.CharField(max_length=120)),
                ('person_number', fields.CharField(max_length=40)),
                ('person_name', fields.CharField(max_length=120)),
                ('role', fields.CharField(max_length=60)),
                ('kind', fields.CharField(max_length=12)),
                ('percent', fields.DecimalField(max_digits=7, decimal_places=2)),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('currency', fields.CharField(max_length=3)),
            ],
            options={'table': 'bonus_line', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One line of a closed period as it is exported: names and codes as they were when it closed.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='BonusPeriod',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('code', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=120)),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField()),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_by', fields.UUIDField(null=True)),
                ('line_count', fields.IntField(null=True)),
            ],
            options={'table': 'bonus_period', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A period that bonuses are paid for, both days included; frozen by a trigger once it is closed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Credit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('order_id', fields.UUIDField()),
                ('share_version_id', fields.UUIDField()),
                ('period_id', fields.UUIDField()),
                ('person_id', fields.UUIDField(null=True)),
                ('unit_id', fields.UUIDField()),
                ('manager_id', fields.UUIDField(null=True)),
                ('role', fields.CharField(max_length=40)),
                ('kind', fields.CharField(max_length=12)),
                ('percent', fields.DecimalField(max_digits=7, decimal_places=2)),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
            ],
            options={'table': 'credit', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What a person gets of an order in a period; unit and manager are those of the day when it was given.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='Dispute',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('order_id', fields.UUIDField()),
                ('share_version_id', fields.UUIDField()),
                ('subject', fields.CharField(max_length=200)),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('opened_by', fields.UUIDField(null=True)),
                ('person_id', fields.UUIDField(null=True)),
                ('unit_id', fields.UUIDField()),
                ('resolution', fields.TextField(null=True, unique=False)),
                ('resolved_number', fields.IntField(null=True)),
                ('resolved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('resolved_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'dispute', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'An inquiry about the shares of an order, bound to the version that was disputed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='DisputeComment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('dispute_id', fields.UUIDField()),
                ('author_id', fields.UUIDField(null=True)),
                ('person_id', fields.UUIDField(null=True)),
                ('text', fields.TextField(unique=False)),
            ],
            options={'table': 'dispute_comment', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What somebody said in a dispute; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='SalesOrder',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('code', fields.CharField(max_length=60)),
                ('customer', fields.CharField(max_length=200)),
                ('product', fields.CharField(max_length=120)),
                ('region', fields.CharField(max_length=120)),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('currency', fields.CharField(max_length=3)),
                ('ordered_on', fields.DateField()),
                ('unit_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('period_id', fields.UUIDField()),
                ('definition_version_id', fields.UUIDField()),
                ('split_type', fields.CharField(max_length=12)),
                ('number', fields.IntField(default=1)),
                ('version', fields.IntField(default=1)),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'sales_order', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "An order under the company's own code; `number` is that of its present shares, `period_id` where its day falls."},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ShareVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('order_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('period_id', fields.UUIDField()),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('source', fields.CharField(max_length=12)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('lines', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('set_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'share_version', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'The shares of an order as somebody set them, with amount, reason and the period that took them; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.AlterModelOptions(
            name='AuditHead',
            options={'table': 'audit_head', 'app': 'plumb', 'pk_attr': 'tenant_id', 'table_description': "Root, last number and last hash of a company's chain; its row lock orders the writers."},
        ),
        ops.RunSQL(PERIODS),
        ops.RunSQL(ORDERS),
        ops.RunSQL(CLOSED),
        ops.RunSQL(DISPUTES),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
