"""What stood on a day: owners and units in the versions of goals, dated placements of people and units, rates of a roll-up."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

_SEEN = (
    *("goal", "goal_version", "plan", "plan_node", "person", "org_unit", "handover", "company"),
    *("person_placement", "unit_placement"),
)
"""The tables whose rows of all companies the owner role sees here, and only here."""
_OPEN = [
    *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _SEEN),
    "ALTER TABLE goal_version DISABLE TRIGGER goal_version_frozen",
]
_CLOSE = [
    "ALTER TABLE goal_version ENABLE TRIGGER goal_version_frozen",
    *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _SEEN),
]

VERSIONS = [
    "ALTER TABLE goal_version ADD FOREIGN KEY (tenant_id, unit_id) REFERENCES org_unit (tenant_id, id)",
    "ALTER TABLE goal_version ADD FOREIGN KEY (tenant_id, owner_id) REFERENCES person (tenant_id, id)",
]
# What was set before is known as it stands today.
_KNOWN = [
    """UPDATE goal_version v SET unit_id = g.unit_id, owner_id = g.owner_id, metric = g.metric, unit_of_measure = g.unit_of_measure
       FROM goal g WHERE g.tenant_id = v.tenant_id AND g.id = v.goal_id AND v.unit_id IS NULL""",
]

# Goals that were published before shares were kept are told theirs, except where it would give away a padded total (A6).
_SHARES = [
    """UPDATE goal_version v SET share = round(v.target / w.target * 100, 2)
       FROM goal g
       JOIN goal p ON p.tenant_id = g.tenant_id AND p.id = g.parent_id AND p.unit_of_measure = g.unit_of_measure
       JOIN goal_version w ON w.tenant_id = p.tenant_id AND w.goal_id = p.id AND w.number = p.current_number
       WHERE v.tenant_id = g.tenant_id AND v.goal_id = g.id AND v.number = g.current_number AND v.share IS NULL
         AND w.target <> 0 AND abs(v.target / w.target) < 1e13
         AND NOT EXISTS (SELECT FROM plan_node n JOIN plan l ON l.tenant_id = n.tenant_id AND l.id = n.plan_id
                         WHERE n.tenant_id = g.tenant_id AND n.goal_id = g.id AND l.padding_percent <> 0)""",
]

INDEXES = [
    "CREATE INDEX plan_week_begins ON plan_week (tenant_id, week)",
    "CREATE INDEX session_opened ON session (tenant_id, created_at)",
]
PLACEMENTS = [
    *tenant_table(
        "person_placement",
        references={"person_id": "person", "unit_id": "org_unit", "manager_id": "person"},
        unique=[["person_id", "starts_on"]],
        index=[["unit_id", "starts_on"]],
        app="select, insert, update, delete",
    ),
    *tenant_table(
        "unit_placement",
        references={"unit_id": "org_unit", "parent_id": "org_unit"},
        unique=[["unit_id", "starts_on"]],
        index=[["parent_id", "starts_on"]],
        app="select, insert, update, delete",
    ),
    *(f"ALTER TABLE {table} ADD CHECK (ends_on >= starts_on)" for table in ("person_placement", "unit_placement")),
]
# Where people and units were before is not known: they are where they are from the day that they were first heard of.
_PLACED = [
    """INSERT INTO unit_placement (tenant_id, id, created_at, unit_id, parent_id, name, starts_on)
       SELECT u.tenant_id, gen_random_uuid(), now(), u.id, u.parent_id, u.name, (u.created_at AT TIME ZONE c.time_zone)::date
       FROM org_unit u JOIN company c ON c.tenant_id = u.tenant_id
       WHERE NOT EXISTS (SELECT FROM unit_placement o WHERE o.tenant_id = u.tenant_id AND o.unit_id = u.id)""",
    """INSERT INTO person_placement (tenant_id, id, created_at, person_id, unit_id, manager_id, grade, position, starts_on, ends_on)
       SELECT p.tenant_id, gen_random_uuid(), now(), p.id, p.unit_id, p.manager_id, p.grade, p.position, d.heard,
              CASE WHEN NOT p.active THEN greatest(d.heard, d.gone) END
       FROM person p JOIN company c ON c.tenant_id = p.tenant_id, LATERAL (
         SELECT (p.created_at AT TIME ZONE c.time_zone)::date AS heard,
                (SELECT (max(h.created_at) AT TIME ZONE c.time_zone)::date FROM handover h
                 WHERE h.tenant_id = p.tenant_id AND h.leaver_id = p.id) AS gone
       ) d WHERE NOT EXISTS (SELECT FROM person_placement o WHERE o.tenant_id = p.tenant_id AND o.person_id = p.id)""",
]
BACKFILL = [*_OPEN, *_KNOWN, *_SHARES, *_PLACED, *_CLOSE]
"""Brings rows from before this migration up to date; run again it changes nothing."""


class Migration(migrations.Migration):
    """Runs after the tables that it grows; undone only by restoring a backup."""

    dependencies = [("plumb", "0033_propagation")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='GoalProgress', name='rates', field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
        ops.AddField(model_name='GoalVersion', name='unit_id', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='GoalVersion', name='owner_id', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='GoalVersion', name='metric', field=fields.CharField(null=True, max_length=80)),
        ops.AddField(model_name='GoalVersion', name='unit_of_measure', field=fields.CharField(null=True, max_length=12)),
        ops.CreateModel(
            name='PersonPlacement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('person_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('manager_id', fields.UUIDField(null=True)),
                ('grade', fields.CharField(max_length=40)),
                ('position', fields.CharField(max_length=80)),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField(null=True)),
            ],
            options={'table': 'person_placement', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Where a person was placed from a day to another, both included; without an end they are there still.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='UnitPlacement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('unit_id', fields.UUIDField()),
                ('parent_id', fields.UUIDField(null=True)),
                ('name', fields.CharField(max_length=120)),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField(null=True)),
            ],
            options={'table': 'unit_placement', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Where a unit stood in the tree, and what it was called, from a day to another, both included.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(INDEXES),
        ops.RunSQL(PLACEMENTS),
        ops.RunSQL(VERSIONS),
        ops.RunSQL(BACKFILL),
    ]
