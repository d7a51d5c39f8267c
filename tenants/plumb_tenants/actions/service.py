"""What people do with customers and tasks, and the functions that other domains and the API may call."""

from plumb_tenants.actions.completing import complete_task, swap_task
from plumb_tenants.actions.compliance import Compliance, compliance_rate
from plumb_tenants.actions.customer_files import import_customer_file
from plumb_tenants.actions.customers import CustomersImported, NewCustomer, import_customers
from plumb_tenants.actions.dispatching import Dispatched, MonthlyWarning, dispatch_tasks
from plumb_tenants.actions.new_tasks import NewTask
from plumb_tenants.actions.weekly import WeeksDispatched, dispatch_weeks

__all__ = [
    "Compliance",
    "CustomersImported",
    "Dispatched",
    "MonthlyWarning",
    "NewCustomer",
    "NewTask",
    "WeeksDispatched",
    "complete_task",
    "compliance_rate",
    "dispatch_tasks",
    "dispatch_weeks",
    "import_customer_file",
    "import_customers",
    "swap_task",
]
