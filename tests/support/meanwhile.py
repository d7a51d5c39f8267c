"""Asking on another connection while a transaction is open here."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

from plumb_platform.database import fetch_value

WAITS_FOR_ME = "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"


async def asked_meanwhile(outside: Context, question: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """Ask outside of this open transaction, and return once the other waits for it or has its answer."""
    task = asyncio.create_task(question, context=outside)
    while not task.done() and not await fetch_value(WAITS_FOR_ME):  # noqa: ASYNC110 - a lock tells nobody
        await asyncio.sleep(0)
    return task
