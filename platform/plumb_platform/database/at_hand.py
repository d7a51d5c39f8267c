"""The company's transaction that code runs in: itself, what it keeps, and its beginning before anything is done elsewhere."""

from typing import Any

from tortoise.connection import get_connections

from plumb_platform.database.transaction import CONNECTION, MissingTenant, TenantTransaction


def kept_in_transaction() -> dict[Any, Any]:
    """Return what the open transaction keeps: it holds until the transaction ends, or changes anything itself."""
    transaction = get_connections().get(CONNECTION)
    return transaction.kept if isinstance(transaction, TenantTransaction) else {}


def open_transaction() -> TenantTransaction:
    """Return the transaction that this code runs in."""
    transaction = get_connections().get(CONNECTION)
    if not isinstance(transaction, TenantTransaction):
        raise MissingTenant("no tenant_transaction is open here")
    return transaction


async def open_at_hand() -> None:
    """Begin the transaction that this code runs in, where there is one that has not; raises CallerStale."""
    transaction = get_connections().get(CONNECTION)
    if isinstance(transaction, TenantTransaction) and not transaction.has_begun and not transaction.is_over:
        await transaction.open()
