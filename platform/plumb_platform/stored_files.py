"""Files that rows name: what people bring is scanned first; stored and destroyed under one lock of the company.

Equal bytes of a company share one address. Without the lock, whoever destroys a file could look for its last row, find none,
and delete what a transaction that is still open, whose row nobody else sees yet, has just stored again.
"""

from uuid import UUID

from plumb_platform.database import take_lock
from plumb_platform.scanning import Scanner
from plumb_platform.storage import Kind, Storage


async def store_file(storage: Storage, tenant_id: UUID, kind: Kind, content: bytes, *, suffix: str = "pdf") -> str:
    """Store a file whose bytes may be stored again one day, and return its key; it stays until this transaction is over."""
    await take_lock("files", shared=True)
    return await storage.put(tenant_id, kind, content, suffix=suffix)


async def store_brought_file(
    storage: Storage, scanner: Scanner, tenant_id: UUID, kind: Kind, content: bytes, *, suffix: str
) -> str:
    """Store a file that somebody brought for others to open, and return its key; what does not pass the scan is not stored."""
    await scanner.check(content)
    return await store_file(storage, tenant_id, kind, content, suffix=suffix)


async def lock_files() -> None:
    """Wait until no transaction of the company stores files, and keep others waiting until the end of this one."""
    await take_lock("files")
