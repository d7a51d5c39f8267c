"""Tables of actions: customers, tasks, their customers, what was done for them, and swaps."""

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Customer(CreatedModel):
    """A customer as far as actions need one, under the company's own code."""

    code = fields.CharField(max_length=60)
    name = fields.CharField(max_length=200)
    grade = fields.CharField(max_length=40)
    contact_roles = fields.JSONField[list[str]]()
    owner_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "customer"


class Task(CreatedModel):
    """A quantity of one action that a person does in a week or a month; `counted` is what of it counts as done."""

    key = fields.CharField(max_length=120)
    digest = fields.CharField(max_length=64)
    owner_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    goal_id = fields.UUIDField(null=True)
    metric_key = fields.CharField(max_length=60, null=True)
    cadence = fields.CharField(max_length=8)
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    action = fields.CharField(max_length=40)
    title = fields.CharField(max_length=200)
    is_key = fields.BooleanField()
    quantity = fields.IntField()
    customer_grade = fields.CharField(max_length=40)
    contact_role = fields.CharField(max_length=60)
    state = fields.CharField(max_length=8)
    done = fields.IntField(default=0)
    replaced = fields.IntField(default=0)
    credited = fields.DecimalField(max_digits=12, decimal_places=2, default=0)
    counted = fields.DecimalField(max_digits=12, decimal_places=2, default=0)
    definition_version_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "task"


class TaskCustomer(TenantModel):
    """A customer whom a task may be done for."""

    task_id = fields.UUIDField()
    customer_id = fields.UUIDField()

    class Meta:
        table = "task_customer"


class TaskCompletion(CreatedModel):
    """What was done of a task for one customer, once; never changed."""

    task_id = fields.UUIDField()
    customer_id = fields.UUIDField()
    contact_role = fields.CharField(max_length=60)
    day = fields.DateField()
    note = fields.TextField()
    done_by = fields.UUIDField(null=True)

    class Meta:
        table = "task_completion"


class TaskSwap(CreatedModel):
    """Acts of high value in place of a part of a task, with the rate at that time; never changed."""

    task_id = fields.UUIDField()
    swap = fields.CharField(max_length=40)
    quantity = fields.IntField()
    rate = fields.DecimalField(max_digits=8, decimal_places=2)
    replaced = fields.IntField()
    credited = fields.DecimalField(max_digits=12, decimal_places=2)
    reason = fields.TextField()
    swapped_by = fields.UUIDField(null=True)

    class Meta:
        table = "task_swap"
