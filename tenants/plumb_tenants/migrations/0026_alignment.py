"""Alignment: three rounds, proposals with their versions, value moved between siblings, and talks."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"
READ = ("alignment", "proposal", "proposal_version", "proposal_move", "talk_task")
"""The tables behind answers that are kept until one of them changes."""

ROUNDS = [
    *tenant_table(
        "alignment", references={"cycle_id": "cycle", "definition_version_id": "definition_version"}, index=[["round"]]
    ),
    "ALTER TABLE alignment ADD CHECK (round BETWEEN 0 AND 4), "
    "ADD CHECK (proposing_on < levelling_on AND levelling_on < confirming_on AND confirming_on < closes_on)",
]

PROPOSALS = [
    # One active proposal for each person, metric and cycle (C5).
    *tenant_table(
        "proposal",
        references={
            "alignment_id": "alignment",
            "cycle_id": "cycle",
            "person_id": "person",
            "unit_id": "org_unit",
            "goal_id": "goal",
        },
        unique=[["cycle_id", "person_id", "metric_key"]],
        index=[["alignment_id"], ["person_id"], ["unit_id"]],
    ),
    *tenant_table(
        "proposal_version",
        references={"proposal_id": "proposal", "submission_id": "submission"},
        unique=[["proposal_id", "number"]],
        app=APPEND,
    ),
    *frozen("proposal_version"),
    *tenant_table(
        "proposal_move",
        references={"alignment_id": "alignment", "source_id": "proposal", "target_id": "proposal"},
        index=[["source_id"], ["target_id"]],
        app=APPEND,
    ),
    *frozen("proposal_move"),
    "ALTER TABLE proposal_move ADD CHECK (amount > 0)",
]

TALKS = [
    *tenant_table(
        "talk_task",
        references={
            "proposal_id": "proposal",
            "alignment_id": "alignment",
            "person_id": "person",
            "unit_id": "org_unit",
            "assignee_id": "person",
        },
        unique=[["proposal_id", "flag"]],
        index=[["assignee_id"], ["unit_id"]],
    ),
    "ALTER TABLE talk_task ADD CHECK (flag IN ('LOW', 'HIGH')), ADD CHECK (state IN ('OPEN', 'CLOSED'))",
    *frozen("talk_task", when="OLD.state = 'CLOSED'"),
]


class Migration(migrations.Migration):
    """Runs after the tables of forms and goals; undone only by restoring a backup."""

    dependencies = [("plumb", "0025_goal_locks")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Alignment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('cycle_id', fields.UUIDField()),
                ('definition_version_id', fields.UUIDField()),
                ('rules_version_id', fields.UUIDField(null=True)),
                ('name', fields.CharField(max_length=120)),
                ('round', fields.IntField(default=0)),
                ('proposing_on', fields.DateField()),
                ('levelling_on', fields.DateField()),
                ('confirming_on', fields.DateField()),
                ('closes_on', fields.DateField()),
                ('opened_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('meeting_days_before', fields.DecimalField(null=True, max_digits=6, decimal_places=2)),
                ('meeting_days_after', fields.DecimalField(null=True, max_digits=6, decimal_places=2)),
                ('version', fields.IntField(default=1)),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'alignment', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Goal setting for a cycle in three rounds, by a form; each round begins on its day or when somebody opens it.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Proposal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('alignment_id', fields.UUIDField()),
                ('cycle_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('metric_key', fields.CharField(max_length=60)),
                ('product', fields.CharField(max_length=120)),
                ('region', fields.CharField(max_length=120)),
                ('number', fields.IntField(default=1)),
                ('proposed', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('adjusted', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('adjusted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('adjusted_by', fields.UUIDField(null=True)),
                ('goal_id', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'proposal', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What a person proposes for a metric in a cycle, as it stands: proposed, adjusted, and the goal that it became.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ProposalMove',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('alignment_id', fields.UUIDField()),
                ('source_id', fields.UUIDField()),
                ('target_id', fields.UUIDField()),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('reason', fields.TextField(unique=False)),
                ('moved_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'proposal_move', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'An amount that was moved from one proposal to a sibling; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ProposalVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('proposal_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('proposed', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('submission_id', fields.UUIDField()),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'proposal_version', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A value as its person proposed it, with the submission that says so; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='TalkTask',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('proposal_id', fields.UUIDField()),
                ('alignment_id', fields.UUIDField()),
                ('flag', fields.CharField(max_length=8)),
                ('value', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('peer_mean', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('person_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('assignee_id', fields.UUIDField(null=True)),
                ('state', fields.CharField(max_length=8)),
                ('note', fields.TextField(null=True, unique=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_by', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'talk_task', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A talk that a flag asks of the direct manager, or of the unit's administrators where there is none."},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(ROUNDS),
        ops.RunSQL(PROPOSALS),
        ops.RunSQL(TALKS),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
