"""A second process that answers for each line it reads how far one person reads the audit trail; run as a program by tests."""

import asyncio
import sys
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.settings import Settings
from plumb_tenants.tables import MODELS


async def main(tenant_id: str, membership_id: str, person_id: str) -> None:
    """Answer until the input ends."""
    tenant, membership, person = map(UUID, (tenant_id, membership_id, person_id))
    actor = Actor(tenant, frozenset({"employee"}), "session", membership_id=membership, person_id=person)
    async with Database(Settings(), models=MODELS):
        while await asyncio.to_thread(sys.stdin.readline):
            async with tenant_transaction(actor):
                scope = (await grants_of(actor)).scope(Permission.AUDIT_READ)
            sys.stdout.write(f"{scope.name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
