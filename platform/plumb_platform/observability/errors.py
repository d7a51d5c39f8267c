"""Reports of unexpected errors to Sentry: an allow-list decides what leaves, so that nothing personal can."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from plumb_platform.observability.logs import trace_of_here
from plumb_platform.observability.redaction import redact_text

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event, Hint

WITHHELD = "[withheld: see the log by request_id]"
"""Stands for the text of an exception, which may quote a row, a header or what somebody typed."""
EVENT_KEYS = ("event_id", "timestamp", "level", "platform", "release", "environment", "logger", "sdk")
FRAME_KEYS = ("filename", "function", "lineno", "module", "in_app")
TAGS = ("request_id", "tenant_id", "job_id", "place")


def configure_error_reports(dsn: str, *, release: str = "", transport: "type[Transport] | Transport | None" = None) -> bool:
    """Turn reports on and return whether they are: an empty DSN leaves them off. `transport` is for tests."""
    if not dsn:
        return False
    import sentry_sdk  # 5 MB that a process without reports does not take
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        transport=transport,
        before_send=_allowed,
        before_send_transaction=lambda _event, _hint: None,
        before_breadcrumb=lambda _crumb, _hint: None,
        include_local_variables=False,
        include_source_context=False,
        # `send_default_pii` stays unset: that means False, and to spell it out is deprecated.
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[ExcepthookIntegration(), DedupeIntegration()],
    )
    return True


def report_error(error: BaseException, *, place: str) -> None:
    """Report an unexpected error; `place` is a constant word such as `graphql` or a job's name."""
    if "sentry_sdk" not in sys.modules:  # nobody turned reports on
        return
    import sentry_sdk

    if not sentry_sdk.is_initialized():
        return
    with sentry_sdk.new_scope() as scope:
        known = trace_of_here() | {"place": place}
        for name in TAGS:
            if name in known:
                scope.set_tag(name, str(known[name]))
        sentry_sdk.capture_exception(error)


def _allowed(event: "Event", _hint: "Hint") -> "Event | None":
    given: Mapping[str, Any] = event
    kept: dict[str, Any] = {key: given[key] for key in EVENT_KEYS if key in given}
    tags = given.get("tags")
    if isinstance(tags, Mapping):
        kept["tags"] = {name: redact_text(str(tags[name])) for name in TAGS if name in tags}
    if (exceptions := given.get("exception")) is not None:
        kept["exception"] = {"values": [_exception(each) for each in exceptions.get("values", [])]}
    else:
        kept["message"] = WITHHELD
    allowed: Event = kept  # type: ignore[assignment]  # built key by key from an Event
    return allowed


def _exception(given: Mapping[str, Any]) -> dict[str, Any]:
    frames = (given.get("stacktrace") or {}).get("frames") or []
    kept = [{key: frame[key] for key in FRAME_KEYS if key in frame} for frame in frames]
    return {
        "type": given.get("type"),
        "module": given.get("module"),
        "value": WITHHELD,
        "stacktrace": {"frames": kept},
    }
