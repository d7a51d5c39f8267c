"""The database: two doors (`tenant_transaction`, `platform_transaction`), the model ground and the migrations' SQL."""

from plumb_platform.database.at_hand import kept_in_transaction
from plumb_platform.database.client import tenant_transaction
from plumb_platform.database.connect import Database, platform_row, platform_transaction, platform_transaction_behind, read_door
from plumb_platform.database.locks import lock_in_sql, take_lock
from plumb_platform.database.statements import execute, execute_each, fetch, fetch_last, fetch_of, fetch_one, fetch_value
from plumb_platform.database.streaming import Rows, open_rows
from plumb_platform.database.transaction import MissingTenant, TenantChanged, current_actor
from plumb_platform.database.writing import Write, write_alone, write_together

__all__ = [
    "Database",
    "MissingTenant",
    "Rows",
    "TenantChanged",
    "Write",
    "current_actor",
    "execute",
    "execute_each",
    "fetch",
    "fetch_last",
    "fetch_of",
    "fetch_one",
    "fetch_value",
    "kept_in_transaction",
    "lock_in_sql",
    "open_rows",
    "platform_row",
    "platform_transaction",
    "platform_transaction_behind",
    "read_door",
    "take_lock",
    "tenant_transaction",
    "write_alone",
    "write_together",
]
