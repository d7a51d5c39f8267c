"""Tables of people: org units, the closure of their tree, employees."""

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class OrgUnit(CreatedModel):
    """A unit of the organisation; `code` is the company's own key for it."""

    parent_id = fields.UUIDField(null=True)
    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)
    ordinal = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "org_unit"


class OrgUnitClosure(TenantModel):
    """One pair of the tree: `descendant` is `depth` steps below `ancestor`; each unit is its own at depth 0."""

    ancestor_id = fields.UUIDField()
    descendant_id = fields.UUIDField()
    depth = fields.IntField()

    class Meta:
        table = "org_unit_closure"


class Person(CreatedModel):
    """An employee; `number` is the company's employee number."""

    number = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=320, null=True)
    unit_id = fields.UUIDField()
    manager_id = fields.UUIDField(null=True)
    grade = fields.CharField(max_length=40, default="")
    position = fields.CharField(max_length=80, default="")
    hired_on = fields.DateField(null=True)
    skills = fields.JSONField[list[str]]()
    active = fields.BooleanField(default=True)
    erased_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "person"


class PersonPlacement(CreatedModel):
    """Where a person was placed from a day to another, both included; without an end they are there still."""

    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    manager_id = fields.UUIDField(null=True)
    grade = fields.CharField(max_length=40)
    position = fields.CharField(max_length=80)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)

    class Meta:
        table = "person_placement"


class UnitPlacement(CreatedModel):
    """Where a unit stood in the tree, and what it was called, from a day to another, both included."""

    unit_id = fields.UUIDField()
    parent_id = fields.UUIDField(null=True)
    name = fields.CharField(max_length=120)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)

    class Meta:
        table = "unit_placement"


class Handover(CreatedModel):
    """What somebody who left held, in numbers, and who took it over; open until somebody has."""

    leaver_id = fields.UUIDField()
    successor_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField()
    state = fields.CharField(max_length=8)
    reason = fields.TextField()
    items = fields.JSONField[dict[str, int]]()
    version = fields.IntField(default=1)
    opened_by = fields.UUIDField(null=True)
    completed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "handover"
