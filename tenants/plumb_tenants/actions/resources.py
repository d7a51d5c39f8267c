"""What stands behind customers and tasks, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Many,
    One,
    Resource,
    boolean,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
    texts,
)
from plumb_tenants.actions.rules import Cadence, TaskState

_OWNER = One(name="owner", target="Person", by="{row}.owner_id", doc="负责人 / Whose it is.")
_UNIT = One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Its owner's unit.")

CUSTOMER = register(
    Resource(
        type_name="Customer",
        doc="客户 / A customer, under the company's own code.",
        table="customer",
        read=Permission.CUSTOMER_READ,
        reads=("customer",),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        order=("code",),
        columns=(
            text("code", core=True),
            text("name"),
            text("grade", doc="级别 / Such as 三甲."),
            texts("contact_roles", doc="联系人角色 / Such as 主任."),
            integer("version", core=True, doc="乐观锁版本 / Counts its changes."),
        ),
        relations=(_OWNER, _UNIT),
    )
)

TASK = register(
    Resource(
        type_name="Task",
        doc="任务 / A quantity of one action that a person does in a week or a month.",
        table="task",
        read=Permission.TASK_READ,
        reads=("task", "task_customer", "task_completion", "task_swap", "customer"),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        order=("-starts_on",),
        columns=(
            text("key", core=True, doc="任务键 / The dispatcher's own key for it."),
            enumerated("cadence", Cadence, core=True),
            day("starts_on", core=True),
            day("ends_on", core=True),
            text("action", core=True),
            text("title"),
            boolean("is_key", core=True, doc="关键动作 / Whether it counts in the compliance rate."),
            integer("quantity", doc="数量 / How many different customers it is for."),
            text("customer_grade"),
            text("contact_role"),
            enumerated("state", TaskState, core=True),
            integer("done", doc="已完成 / For how many different customers it was done."),
            integer("replaced", doc="已置换 / How many were replaced by swaps."),
            decimal("counted", doc="计入完成 / How much of it counts as done."),
            text("metric", "{row}.metric_key", doc="因子代号 / The metric that it serves."),
            reference("definition_version_id", "DefinitionVersion"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("created_at"),
        ),
        relations=(
            _OWNER,
            _UNIT,
            One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it serves."),
            Many(
                name="customers",
                target="Customer",
                on="{there}.id in (select l.customer_id from task_customer l where l.tenant_id = {row}.tenant_id "
                "and l.task_id = {row}.id)",
                part=True,
                doc="客户 / The customers whom it is for.",
            ),
            Items(
                name="completions",
                type_name="TaskCompletion",
                type_doc="完成记录 / What was done for one customer.",
                columns=(
                    text("customer_code", "{item}.code", core=True),
                    text("contact_role", "{item}.contact_role", core=True),
                    day("day", "{item}.day", core=True),
                    text("note", "{item}.note", core=True),
                ),
                source="(select c.code, d.contact_role, d.day, d.note, d.id from task_completion d join customer c "
                "on c.tenant_id = d.tenant_id and c.id = d.customer_id where d.tenant_id = {row}.tenant_id "
                "and d.task_id = {row}.id)",
                order="{item}.id",
                doc="完成记录 / What was done, one for each customer.",
            ),
            Items(
                name="swaps",
                type_name="TaskSwap",
                type_doc="置换 / Acts of high value in place of a part of a task.",
                columns=(
                    text("swap", "{item}.swap", core=True),
                    integer("quantity", "{item}.quantity", core=True),
                    decimal("rate", "{item}.rate", core=True),
                    integer("replaced", "{item}.replaced", core=True),
                    text("reason", "{item}.reason", core=True),
                ),
                source="(select s.swap, s.quantity, s.rate, s.replaced, s.reason, s.id from task_swap s "
                "where s.tenant_id = {row}.tenant_id and s.task_id = {row}.id)",
                order="{item}.id",
                doc="置换 / What was done in its place.",
            ),
        ),
    )
)
