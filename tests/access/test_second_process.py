"""A change of roles or of the matrix holds from the next request in a process that had kept what was true before (C56)."""

import asyncio
import os
import sys
from pathlib import Path

from plumb_platform.database import tenant_transaction
from plumb_platform.settings import Settings
from plumb_tenants.access.service import RoleTarget, assign_role, revoke_assignment
from support import other_process
from support.matrices import grant, matrix, more, published
from support.office import Office, membership_of, person_of

ROOT = Path(__file__).parents[2]


async def started(settings: Settings, *arguments: object) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        "PLUMB_DATABASE_URL": str(settings.database_url),
        "PLUMB_REDIS_URL": str(settings.redis_url),
        "PLUMB_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PLUMB_HOME": str(settings.home),
    }
    program = (sys.executable, str(other_process.__file__), *map(str, arguments))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*program, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe)


async def asked(process: asyncio.subprocess.Process) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"?\n")
    await process.stdin.drain()
    return (await asyncio.wait_for(process.stdout.readline(), 120)).decode().strip()


async def test_a_second_process_shows_each_change_at_its_next_request(office: Office, settings: Settings) -> None:
    admin, clerk = office.company.admin, office.clerk
    process = await started(settings, office.company.tenant_id, membership_of(clerk), person_of(clerk))
    try:
        seen = [await asked(process), await asked(process)]
        async with tenant_transaction(admin):
            made = await assign_role(admin, role="auditor", target=RoleTarget(person_id=person_of(clerk)))
        seen.append(await asked(process))
        async with tenant_transaction(admin):
            await revoke_assignment(admin, made.id)
        seen.append(await asked(process))
        await published(admin, more("employee", grant("audit:read")))
        seen.append(await asked(process))
        await published(admin, matrix())
        seen.append(await asked(process))
    finally:
        process.kill()
        await process.communicate()
    assert seen == ["NONE", "NONE", "COMPANY", "NONE", "COMPANY", "NONE"]
