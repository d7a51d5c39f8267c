"""GraphQL inputs of actions: customers, tasks to dispatch, what was done and what was swapped."""

from datetime import date

import strawberry

from plumb_schema.ground.ids import decode_optional_id
from plumb_schema.ground.sheets import SheetInput
from plumb_tenants.actions import service
from plumb_tenants.actions.rules import Cadence, TaskState

strawberry.enum(Cadence, name="TaskCadence", description="任务周期 / A week from its Monday, or a calendar month.")
strawberry.enum(TaskState, description="任务状态 / A task is done when its quantity is done or replaced.")


@strawberry.input(description="客户 / A customer as another system knows it; the owner by employee number, nobody when empty.")
class CustomerInput:
    code: str
    name: str
    grade: str = ""
    contact_roles: list[str] = strawberry.field(default_factory=list)
    owner_number: str = ""

    def opened(self) -> service.NewCustomer:
        """Return the service's customer."""
        return service.NewCustomer(
            code=self.code,
            name=self.name,
            grade=self.grade,
            contact_roles=tuple(self.contact_roles),
            owner_number=self.owner_number,
        )


@strawberry.input(description="导入客户 / Import customers by code, all or none.")
class ImportCustomersInput:
    customers: list[CustomerInput]


@strawberry.input(
    description="导入客户文件 / Customers of a CSV or XLSX file, by code; what the file has no column for stays as it is."
)
class ImportCustomerFileInput(SheetInput):
    pass


@strawberry.input(
    description="任务 / A task under a key of the caller's; without customer codes it is for all of the owner's that fit."
)
class TaskInput:
    key: str
    owner_number: str
    cadence: Cadence
    starts_on: date
    action: str
    quantity: int
    title: str = ""
    customer_grade: str = ""
    contact_role: str = ""
    customer_codes: list[str] = strawberry.field(default_factory=list)
    goal_id: strawberry.ID | None = None
    metric: str | None = None

    def opened(self, prefix: str) -> service.NewTask:
        """Return the service's task; a malformed id is answered as an unknown one."""
        return service.NewTask(
            key=self.key,
            owner_number=self.owner_number,
            cadence=self.cadence,
            starts_on=self.starts_on,
            action=self.action,
            quantity=self.quantity,
            title=self.title,
            customer_grade=self.customer_grade,
            contact_role=self.contact_role,
            customer_codes=tuple(self.customer_codes),
            goal_id=decode_optional_id(self.goal_id, "Goal", field=f"{prefix}goalId"),
            metric=self.metric,
        )


@strawberry.input(description="派发任务 / Dispatch tasks, all or none; the same task again is the same task.")
class DispatchTasksInput:
    tasks: list[TaskInput]


@strawberry.input(description="完成任务 / Say for which customer a task was done, and with whom.")
class CompleteTaskInput:
    task_id: strawberry.ID
    customer_code: str
    day: date
    contact_role: str = ""
    note: str = ""


@strawberry.input(description="任务置换 / Replace a part of a task by acts of high value, at the version that one has read.")
class SwapTaskInput:
    task_id: strawberry.ID
    version: int
    swap: str
    quantity: int
    reason: str
