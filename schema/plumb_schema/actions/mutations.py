"""Mutations of actions: import customers, dispatch tasks, complete and swap them."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.actions.inputs import (
    CompleteTaskInput,
    DispatchTasksInput,
    ImportCustomerFileInput,
    ImportCustomersInput,
    SwapTaskInput,
)
from plumb_schema.actions.types import (
    CustomerImport,
    DispatchedTasks,
    ImportedCustomers,
    Task,
    dispatched_of,
    import_of,
    imported_of,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.sheets import file_of
from plumb_schema.reads.completion import row_of
from plumb_tenants.actions import service


@strawberry.type
class ActionMutation:
    @mutation(needs=Permission.CUSTOMER_IMPORT, description="导入客户 / Create and update customers by code, all or none.")
    async def import_customers(self, info: Info, input: ImportCustomersInput) -> ImportedCustomers:
        customers = [each.opened() for each in input.customers]
        return imported_of(await service.import_customers(info.context.caller, customers=customers))

    @mutation(
        needs=Permission.CUSTOMER_IMPORT,
        description="导入客户文件 / Create and update customers of a file; any error writes nothing, a dry run writes nothing.",
    )
    async def import_customer_file(self, info: Info, input: ImportCustomerFileInput) -> CustomerImport:
        with file_of(input) as content:
            report = await service.import_customer_file(
                info.context.caller, content=content, dry_run=input.dry_run, sheet=input.sheet
            )
        return import_of(report, info.context.locale)

    @mutation(needs=Permission.TASK_DISPATCH, description="派发任务 / Dispatch tasks of weeks and months, linked to customers.")
    async def dispatch_tasks(self, info: Info, input: DispatchTasksInput) -> DispatchedTasks:
        tasks = [each.opened(f"tasks[{place}].") for place, each in enumerate(input.tasks)]
        return dispatched_of(await service.dispatch_tasks(info.context.caller, tasks=tasks))

    @mutation(needs=Permission.TASK_COMPLETE, description="完成任务 / Record that a task was done for a customer, once each.")
    async def complete_task(self, info: Info, input: CompleteTaskInput) -> Task:
        completed = await service.complete_task(
            info.context.caller,
            task_id=decode_id(input.task_id, "Task", field="taskId"),
            customer_code=input.customer_code,
            day=input.day,
            contact_role=input.contact_role,
            note=input.note,
        )
        return row_of(Task, completed)

    @mutation(needs=Permission.TASK_COMPLETE, description="任务置换 / Replace a part of a task once its base quantity is done.")
    async def swap_task(self, info: Info, input: SwapTaskInput) -> Task:
        swapped = await service.swap_task(
            info.context.caller,
            task_id=decode_id(input.task_id, "Task", field="taskId"),
            version=input.version,
            swap=input.swap,
            quantity=input.quantity,
            reason=input.reason,
        )
        return row_of(Task, swapped)
