"""Running the dying worker in a process of its own, and how each of its children ended."""

import asyncio
import os
import sys
from pathlib import Path

from plumb_platform.settings import Settings


async def run_dying(settings: Settings, tenant: str, work: list[str]) -> list[str]:
    """Run the dying worker in a process of its own and return how each of its children ended."""
    environment = os.environ | {
        "PLUMB_HOME": str(settings.home),
        "PLUMB_DATABASE_URL": settings.database_url,
        "PLUMB_REDIS_URL": settings.redis_url,
        "PLUMB_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.dying_worker", tenant, *work, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().splitlines()
