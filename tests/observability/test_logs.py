import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from plumb_platform.observability import bind_trace, configure_logging, get_logger, traced

PASSWORD, ID_NUMBER = "hunter2-hunter2", "11010519491231002X"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging("INFO", stream)
    with traced():
        yield stream
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def refuse_login(password: str, id_number: str) -> None:
    raise ValueError(f"login with password={password} of {id_number} refused")


def test_an_exception_is_logged_without_local_variables_and_without_what_its_message_quotes(lines: io.StringIO) -> None:
    try:
        refuse_login(PASSWORD, ID_NUMBER)
    except ValueError:
        get_logger("plumb.test").exception("login broke", password=PASSWORD, token="plumb_" + "x" * 43)
    [line] = read(lines)
    assert line["event"] == "login broke"
    assert "refuse_login" in line["exception"]
    assert "password=***" in line["exception"]
    for secret in (PASSWORD, ID_NUMBER, "xxxx"):
        assert secret not in lines.getvalue()


def test_a_library_that_logs_a_secret_is_redacted_too(lines: io.StringIO) -> None:
    logging.getLogger("somebody.else").warning("connect to %s", "redis://:s3cret@cache/0")
    [line] = read(lines)
    assert (line["event"], line["logger"], line["level"]) == (
        "connect to redis://***@cache/0",
        "somebody.else",
        "warning",
    )


def test_each_line_says_which_request_and_company_it_belongs_to(lines: io.StringIO) -> None:
    log = get_logger("plumb.test")
    with traced(request_id="r-1", tenant_id="t-1"):
        log.info("inside", 行数=3)
    log.info("outside")
    bind_trace(job_id="j-1")
    log.info("in a job")
    first, second, third = read(lines)
    assert {key: first[key] for key in ("request_id", "tenant_id", "行数", "level", "logger")} == {
        "request_id": "r-1",
        "tenant_id": "t-1",
        "行数": 3,
        "level": "info",
        "logger": "plumb.test",
    }
    assert first["timestamp"].endswith("Z")
    assert "request_id" not in second
    assert third["job_id"] == "j-1"


def test_configuring_twice_writes_each_line_once(lines: io.StringIO) -> None:
    configure_logging("WARNING", lines)
    get_logger("plumb.test").info("too quiet")
    get_logger("plumb.test").warning("loud enough")
    assert [line["event"] for line in read(lines)] == ["loud enough"]


def test_what_callers_of_the_standard_library_give_along_is_on_their_line(lines: io.StringIO) -> None:
    log = logging.getLogger("plumb.test")
    log.error("monthly snapshot is overdue", extra={"tenant_id": "t-1", "password": "hunter2", "color_message": "red"})
    [line] = read(lines)
    assert (line["event"], line["tenant_id"], "color_message" in line) == ("monthly snapshot is overdue", "t-1", False)
    assert "hunter2" not in str(line)
