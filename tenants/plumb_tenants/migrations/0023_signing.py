"""Signing: chains of letters, the proof and the look of a signature, letters that end unsigned; authenticators of accounts."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7
from plumb_platform.settings import PLATFORM_ROLE

FACTORS = [f"GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor TO {PLATFORM_ROLE}"]
CHAINS = [
    # Letters of before have the chain that they were signed in: the employee, then the manager.
    # Until their keys are proven the owner sees the rows of every company.
    *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in ("letter", "person")),
    "UPDATE letter SET state = replace(state, 'EMPLOYEE', 'PARTLY') WHERE state = 'EMPLOYEE_SIGNED'",
    """INSERT INTO letter_signer (tenant_id, id, letter_id, role, act, step, label, person_id, state, asked_at, reminders)
       SELECT l.tenant_id, gen_random_uuid(), l.id, p.role, 'SIGNER', p.step, p.label, p.person_id,
         CASE WHEN l.state = 'ISSUED' AND p.step = 1 OR l.state = 'PARTLY_SIGNED' AND p.step = 2 THEN 'ASKED'
              WHEN l.state = 'ISSUED' THEN 'WAITING' ELSE 'DONE' END,
         CASE WHEN l.state <> 'ISSUED' OR p.step = 1 THEN l.created_at END, 0
       FROM letter l, LATERAL (VALUES ('employee', 1, l.employee_id, '责任人'), ('manager', 2, l.manager_id, '直属上级'))
         AS p (role, step, person_id, label)""",
    "ALTER TABLE letter ADD FOREIGN KEY (tenant_id, closed_by) REFERENCES membership (tenant_id, id)",
    *tenant_table(
        "letter_signer",
        references={"letter_id": "letter", "person_id": "person"},
        unique=[["letter_id", "role"]],
        index=[["person_id"]],
    ),
    *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in ("letter", "person")),
    "CREATE INDEX letter_signer_asked ON letter_signer (tenant_id, letter_id) WHERE state = 'ASKED'",
    "CREATE INDEX letter_superseded_by ON letter (tenant_id, superseded_by) WHERE superseded_by IS NOT NULL",
    *versioned("letter_signer"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0022_actions")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='SecondFactor',
            fields=[
                ('account_id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('secret', fields.BinaryField()),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_counter', fields.BigIntField(default=0)),
            ],
            options={'table': 'second_factor', 'app': 'plumb', 'pk_attr': 'account_id', 'table_description': "An account's authenticator: its secret under encryption, and the last step whose code was used."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LetterSigner',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('letter_id', fields.UUIDField()),
                ('role', fields.CharField(max_length=12)),
                ('act', fields.CharField(max_length=8)),
                ('step', fields.IntField()),
                ('label', fields.CharField(max_length=40)),
                ('person_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=8)),
                ('asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reminders', fields.IntField(default=0)),
                ('reminded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'letter_signer', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One of the chain of a letter: who, as what, at which step, and how far they are.'},
            bases=['TenantModel'],
        ),
        ops.AddField(model_name='Letter', name='expires_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Letter', name='closed_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Letter', name='closed_by', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='Letter', name='closed_reason', field=fields.CharField(null=True, max_length=500)),
        ops.AddField(model_name='LetterSignature', name='act', field=fields.CharField(default='SIGNER', db_default='SIGNER', max_length=8)),
        ops.AddField(model_name='LetterSignature', name='label', field=fields.CharField(default='', db_default='', max_length=40)),
        ops.AddField(model_name='LetterSignature', name='proof', field=fields.CharField(default='NONE', db_default='NONE', max_length=8)),
        ops.AddField(model_name='LetterSignature', name='form', field=fields.CharField(null=True, max_length=8)),
        ops.AddField(model_name='LetterSignature', name='image', field=fields.BinaryField(null=True)),
        ops.RunSQL(FACTORS),
        ops.RunSQL(CHAINS),
    ]
