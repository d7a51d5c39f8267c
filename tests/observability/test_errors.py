import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from plumb_platform.observability import configure_error_reports, report_error, traced

DSN = "http://key@127.0.0.1:9/1"
SECRETS = ("hunter2-hunter2", "plumb_" + "x" * 43, "11010519491231002X", "陈静", "58000.00")


class Kept(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__({"dsn": DSN})
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())

    def event(self) -> dict[str, Any]:
        [sent] = self.sent
        found: dict[str, Any] = json.loads(sent.splitlines()[-1])
        return found


@pytest.fixture
def transport() -> Iterator[Kept]:
    kept = Kept()
    assert configure_error_reports(DSN, release="0.1.0", transport=kept)
    yield kept
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def pay(headers: dict[str, str], person: dict[str, str]) -> None:
    password, token, id_number, name, salary = SECRETS
    raise RuntimeError(f"cannot pay {name} ({id_number}) {salary} with {password} {token} {headers} {person}")


def break_with_secrets() -> RuntimeError:
    password, token, id_number, name, salary = SECRETS
    try:
        try:
            pay({"authorization": f"Bearer {token}", "cookie": token}, {"id": id_number, "name": name, "salary": salary})
        except RuntimeError as error:
            raise RuntimeError(f"request failed: {password}") from error
    except RuntimeError as error:
        return error
    raise AssertionError("unreachable")


def test_no_secret_leaves_in_locals_headers_or_messages(transport: Kept) -> None:
    sentry_sdk.set_user({"id": SECRETS[2], "username": SECRETS[3]})
    sentry_sdk.set_extra("headers", {"authorization": SECRETS[1]})
    sentry_sdk.set_context("request", {"cookie": SECRETS[1]})
    sentry_sdk.set_tag("name", SECRETS[3])
    sentry_sdk.add_breadcrumb(message=SECRETS[0], data={"salary": SECRETS[4]})
    with traced(request_id="r-1", tenant_id="t-1"):
        report_error(break_with_secrets(), place="graphql")
    [sent] = transport.sent
    for secret in SECRETS:
        assert secret not in sent
        assert json.dumps(secret)[1:-1] not in sent


def test_a_report_says_what_broke_where_and_in_which_request(transport: Kept) -> None:
    with traced(request_id="r-1", tenant_id="t-1"):
        report_error(break_with_secrets(), place="graphql")
    event = transport.event()
    assert event["tags"] == {"request_id": "r-1", "tenant_id": "t-1", "place": "graphql"}
    assert event["release"] == "0.1.0"
    assert [each["type"] for each in event["exception"]["values"]] == ["RuntimeError", "RuntimeError"]
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "pay"
    assert {key for frame in frames for key in frame} <= {"filename", "function", "lineno", "module", "in_app"}


def test_a_message_without_an_exception_leaves_without_its_text(transport: Kept) -> None:
    sentry_sdk.capture_message(f"look at {SECRETS[0]}")
    event = transport.event()
    assert event["message"] == "[withheld: see the log by request_id]"
    assert SECRETS[0] not in transport.sent[0]


def test_a_slow_request_sends_no_trace(transport: Kept) -> None:
    with sentry_sdk.start_transaction(name=SECRETS[3], sampled=True):
        pass
    assert transport.sent == []


def test_without_a_dsn_nothing_is_set_up_and_reporting_is_harmless() -> None:
    assert configure_error_reports("") is False
    report_error(break_with_secrets(), place="graphql")
    assert not sentry_sdk.is_initialized()
