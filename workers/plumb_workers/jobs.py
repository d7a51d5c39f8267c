"""The one way to write a job: a function that takes the company first, registered under its topic."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.queue.worker_side import FindWork, Work
from plumb_platform.scanning import Scanner
from plumb_platform.settings import Settings
from plumb_tenants.letters.service import SealTools

MODULES = (
    "plumb_workers.decomposition_jobs",
    "plumb_workers.files_jobs",
    "plumb_workers.forms_jobs",
    "plumb_workers.goals_jobs",
    "plumb_workers.letters_jobs",
    "plumb_workers.retention_jobs",
    "plumb_workers.revisions_jobs",
    "plumb_workers.snapshots_jobs",
)
"""Every module that holds jobs."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker process makes once and its jobs use."""

    settings: Settings
    seal: SealTools
    scanner: Scanner = field(default_factory=Scanner)


Handler = Callable[[Actor, dict[str, Any], Tools], Awaitable[dict[str, Any] | None]]
Failed = Callable[[Actor, dict[str, Any], DomainError], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job: what to call, for how many seconds at most, and which refusals deserve another try, who is told."""

    topic: str
    handler: Handler
    timeout: float
    transient: tuple[type[DomainError], ...]
    failed: Failed | None


class UnknownTopic(LookupError):
    """A job of a topic that this worker does not know: a newer worker may."""


_JOBS: dict[str, Job] = {}


def job(
    topic: str, *, timeout: float, transient: tuple[type[DomainError], ...] = (), failed: Failed | None = None
) -> Callable[[Handler], Handler]:
    """Register `handler(actor, payload, tools)` for a topic.

    It runs in the company's own transaction, as the system; what it returns is kept as the job's result. It may run more than
    once, but commits once.
    """

    def wrap(handler: Handler) -> Handler:
        if topic in _JOBS:
            raise TypeError(f"the topic {topic} has two handlers")
        _JOBS[topic] = Job(topic, handler, timeout, transient, failed)
        return handler

    return wrap


def registered_jobs() -> Mapping[str, Job]:
    """Return every job by topic."""
    for module in MODULES:
        import_module(module)
    return dict(sorted(_JOBS.items()))


def work_with(tools: Tools) -> FindWork:
    """Return the function by which the worker finds what to do for a topic; raises UnknownTopic."""
    jobs = registered_jobs()

    def find_work(topic: str) -> Work:
        found = jobs.get(topic)
        if found is None:
            raise UnknownTopic(topic)
        return Work(
            run=lambda actor, payload: found.handler(actor, payload, tools),
            timeout=found.timeout,
            transient=found.transient,
            failed=found.failed,
        )

    return find_work
