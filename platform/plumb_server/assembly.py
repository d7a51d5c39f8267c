"""Putting the process together: database, schema, storage, checks and routes, each made once."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from plumb_platform.database import Database, platform_transaction, tenant_transaction
from plumb_platform.database.migrate import pending
from plumb_platform.database.shares import share_of
from plumb_platform.documents.fonts_system import missing_fonts
from plumb_platform.identity.service import authenticate
from plumb_platform.observability import Metrics
from plumb_platform.permissions import grants_of
from plumb_platform.scanning import Scanner, ScannerUnavailable, scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.build import core_of
from plumb_schema.ground.engine import Engine
from plumb_schema.schema import make_schema
from plumb_server.app import Resources, make_app
from plumb_server.health import Alarm, Check
from plumb_server.redis_ping import ping
from plumb_tenants.company.service import count_key_alarms
from plumb_tenants.tables import MIGRATIONS, MODELS

OBJECTS_PER_COLLECTION = 10_000
"""A document that is new to the process makes 5,000 objects: with Python's own 700 it was looked through seven times."""


class NotMigrated(RuntimeError):
    """The database lacks migrations that this release needs."""


def product_engine() -> Engine:
    """Return an engine of the product's schema, which has answered nothing yet."""
    return Engine(core_of(make_schema()))


@asynccontextmanager
async def open_resources(settings: Settings, engine: Engine | None = None) -> AsyncIterator[Resources]:
    """Open what one API process needs and close it in the end."""
    async with Database(settings, models=MODELS, is_shared=True), product_resources(settings, engine) as resources:
        # What stands now stands until the end: no collection of garbage need look through the schema again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_PER_COLLECTION)
        yield resources


@asynccontextmanager
async def product_resources(settings: Settings, engine: Engine | None = None) -> AsyncIterator[Resources]:
    """Yield the product's resources over a database that is open already, with an engine of their own if none is given."""
    metrics = Metrics()
    scanner = scanner_of(settings, metrics)
    yield Resources(
        engine=engine or product_engine(),
        authenticate=authenticate,
        transaction=tenant_transaction,
        grants_of=grants_of,
        storage=open_storage(settings.storage_url, home=settings.home),
        scanner=scanner,
        alarms=_alarms(scanner),
        checks=_checks(settings),
        metrics=metrics,
    )


def _checks(settings: Settings) -> Mapping[str, Check]:
    """Return what must hold for the process to serve; each raises where it does not."""

    async def database_answers() -> None:
        async with platform_transaction() as connection:
            await connection.fetchval("select 1")

    async def is_migrated() -> None:
        missing = await pending(settings, models=MODELS, migrations=MIGRATIONS)
        if missing:
            raise NotMigrated(", ".join(missing))

    async def redis_answers() -> None:
        await ping(settings.redis_url)

    return {"database": database_answers, "migrations": is_migrated, "redis": redis_answers}


def _alarms(scanner: Scanner) -> Mapping[str, Alarm]:
    """Return the counts that tell an operator to act; 0 is well."""

    async def keys_missing() -> int:
        return (await count_key_alarms()).missing

    async def keys_ending() -> int:
        return (await count_key_alarms()).ending

    async def fonts_missing() -> int:
        return len(await asyncio.to_thread(missing_fonts))

    async def scanner_away() -> int:
        try:
            await scanner.version()
        except ScannerUnavailable:
            return 1
        return 0

    alarms = {"signing_keys_missing": keys_missing, "signing_keys_ending": keys_ending, "fonts_missing": fonts_missing}
    return alarms | ({"scanner_away": scanner_away} if scanner.is_set else {})


def scanner_of(settings: Settings, metrics: Metrics) -> Scanner:
    """Return the scanner of a process; a third of its database connections stay free of uploads that wait for it."""
    at_once = share_of(settings.pool_size)
    return scanner_at(settings.scan_url, seconds=settings.scan_seconds, at_once=at_once, observe=metrics.observe_scan)


def product_routes(settings: Settings) -> list[BaseRoute]:
    """Return every route of the product beside those that the application has of its own."""
    from plumb_server.attachments import attachment_routes
    from plumb_server.audit_export import audit_export_routes
    from plumb_server.bonus_files import bonus_file_routes
    from plumb_server.import_forms import import_form_routes
    from plumb_server.letter_archive import archive_routes
    from plumb_server.letter_files import letter_file_routes
    from plumb_server.letters import letter_routes
    from plumb_server.retention import retention_routes
    from plumb_server.session_word import session_routes
    from plumb_server.snapshots import snapshot_routes

    letters = [*letter_routes(settings), *letter_file_routes(), *archive_routes(settings), *retention_routes(settings)]
    files = [*attachment_routes(), *audit_export_routes(), *snapshot_routes(), *bonus_file_routes(), *import_form_routes()]
    return [*letters, *files, *session_routes()]


def assembled_app(settings: Settings, engine: Engine | None = None) -> ASGIApp:
    """Return the application with every route of the product, and with an engine that was made before it is opened, or none."""
    return make_app(settings, partial(open_resources, engine=engine), product_routes(settings))
