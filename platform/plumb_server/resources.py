"""The servers behind a process: those that the settings name, or embedded ones started for it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plumb_platform.database.migrate import migrate
from plumb_platform.embedded import start_servers
from plumb_platform.settings import Settings
from plumb_tenants.tables import MIGRATIONS, MODELS, OLDEST_UPGRADED


@contextmanager
def with_servers(settings: Settings) -> Iterator[Settings]:
    """Yield settings whose databases run; what was started here stops in the end."""
    named = settings.database_url or (settings.app_database_url and settings.platform_database_url)
    if named and settings.redis_url:
        yield settings
        return
    servers = start_servers(settings.home / "servers")
    try:
        yield settings.model_copy(
            update={
                "database_url": settings.database_url or servers.database_url,
                "redis_url": settings.redis_url or servers.redis_url,
            }
        )
    finally:
        servers.stop()


def bring_up_to_date(settings: Settings, report: Callable[[str], None] = lambda _: None) -> list[str]:
    """Apply missing migrations and return their names."""
    return asyncio.run(migrate(settings, models=MODELS, migrations=MIGRATIONS, oldest=OLDEST_UPGRADED, report=report))


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment by which a child process finds the same servers, files and secret."""
    return {
        "PLUMB_HOME": str(settings.home.absolute()),
        "PLUMB_DATABASE_URL": settings.database_url,
        "PLUMB_APP_DATABASE_URL": settings.app_database_url,
        "PLUMB_PLATFORM_DATABASE_URL": settings.platform_database_url,
        "PLUMB_REDIS_URL": settings.redis_url,
        "PLUMB_PUBLIC_URL": settings.public_url,
        "PLUMB_STORAGE_URL": settings.storage_url,
        "PLUMB_SECRET_KEY": settings.secrets[0].decode(),
        "PLUMB_ACCEPTED_SECRET_KEYS": json.dumps([secret.decode() for secret in settings.secrets[1:]]),
    }
