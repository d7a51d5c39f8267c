"""Structured logs: one JSON object per line, with the request and company they belong to, without secrets."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any

import orjson

from plumb_platform.observability.redaction import redact, redact_text
from plumb_platform.observability.structured import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

NOISY = ("uvicorn.access", "fontTools", "weasyprint", "pyhanko", "asyncio")
"""Libraries that say nothing an operator can act on below a warning."""
_NAMES = ("request_id", "tenant_id", "job_id")
# One variable, read when a line is written: every request sets it, and few write a line.
_TRACE: ContextVar[tuple[object, object, object]] = ContextVar("plumb_trace", default=("", None, None))
OWN_KEYS = frozenset({"request_id", "tenant_id", "job_id", "timestamp", "level", "logger", "worker"})
_PROCESS: dict[str, object] = {}
"""What every line of this process says of it."""


def configure_logging(level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Send structlog's and the standard library's messages to `stream` (stderr) as JSON lines; safe to call again."""
    shared: list[Processor] = [
        _with_trace,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # What the standard library's callers give as `extra` belongs to their line.
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _without_colours],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,  # frames only: local variables are never formatted
                _without_secrets,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _let_libraries_through()


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module: the event is a constant sentence, everything that varies is a keyword."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def name_worker(number: int) -> None:
    """Have every later line of this process say which of several it is."""
    _PROCESS["worker"] = number


def bind_trace(*, request_id: str = "", tenant_id: object = None, job_id: object = None) -> None:
    """Add what is known to every later log line of this request or job."""
    request, tenant, job = _TRACE.get()
    _TRACE.set((request_id or request, tenant_id or tenant, job_id or job))


@contextmanager
def traced(*, request_id: str = "", tenant_id: object = None, job_id: object = None) -> Iterator[None]:
    """Add what is known to the log lines of a block, and forget it afterwards."""
    before = _TRACE.get()
    bind_trace(request_id=request_id, tenant_id=tenant_id, job_id=job_id)
    try:
        yield
    finally:
        _TRACE.set(before)


def trace_of_here() -> dict[str, str]:
    """Return what is known of the request or job that this runs for, by name."""
    return {name: str(value) for name, value in zip(_NAMES, _TRACE.get(), strict=True) if value}


def _with_trace(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    return {**_PROCESS, **trace_of_here(), **event}


def _without_colours(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    event.pop("color_message", None)  # uvicorn's own, for terminals
    return event


def _without_secrets(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    return {key: value if key in OWN_KEYS else _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: object) -> object:
    return redact_text(str(value)) if key in {"event", "exception"} else redact(value, key=key)


def _json(event: "EventDict", **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _let_libraries_through() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "arq"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
