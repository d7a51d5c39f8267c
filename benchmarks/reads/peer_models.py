"""The peers' Tortoise models: plain, with declared relations, over the tables that our own migrations made."""

from typing import Any

from tortoise import Model, fields


class OrgUnit(Model):
    """A unit."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)

    class Meta:
        table = "org_unit"


class Person(Model):
    """An employee."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)

    class Meta:
        table = "person"


class Goal(Model):
    """A goal; the goals below it are its key results."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=200)
    state = fields.CharField(max_length=12)
    current_number = fields.IntField()
    version = fields.IntField()
    owner: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField("peer.Person", related_name="goals", null=True)
    unit: fields.ForeignKeyRelation[OrgUnit] = fields.ForeignKeyField("peer.OrgUnit", related_name="goals")
    parent: fields.ForeignKeyNullableRelation["Goal"] = fields.ForeignKeyField("peer.Goal", related_name="children", null=True)
    children: fields.ReverseRelation["Goal"]
    versions: fields.ReverseRelation["GoalVersion"]

    class Meta:
        table = "goal"


class GoalVersion(Model):
    """The numbers of a goal at one time."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)
    goal: fields.ForeignKeyRelation[Goal] = fields.ForeignKeyField("peer.Goal", related_name="versions")
    number = fields.IntField()
    target = fields.DecimalField(max_digits=20, decimal_places=2)
    weight = fields.DecimalField(max_digits=5, decimal_places=2)
    months = fields.JSONField[list[str]]()
    derivation = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "goal_version"


class AuditHead(Model):
    """The end of a company's audit chain."""

    tenant_id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_head"


class AuditEntry(Model):
    """One change in the chain."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    number = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.JSONField[dict[str, Any]]()
    action = fields.CharField(max_length=60)
    object_type = fields.CharField(max_length=40)
    object_id = fields.UUIDField()
    before = fields.JSONField[Any](null=True)
    after = fields.JSONField[Any](null=True)
    request_id = fields.CharField(max_length=64)
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entry"
