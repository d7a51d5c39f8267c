"""What an operator reads of an outage: one line with its code and what to do, no traceback, and a count of its own."""

import io
import json
import logging
import os
import re
from collections.abc import Iterator

import httpx2
import pytest

from plumb_platform.ids import uuid7
from plumb_platform.observability import configure_logging
from plumb_schema.ground.ids import encode_id
from support.restarting import FAST, postgres_stopped
from support.serving import Caller

CHANGE = 'mutation { updateCompany(input: {name: "新名称", version: 1}) { __typename } }'


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Yield what the process writes to its log, as an operator gets it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    configure_logging(stream=stream)
    yield stream
    root.handlers, root.level = before[0], before[1]


async def counted(http: httpx2.AsyncClient, name: str, label: str) -> float:
    found = re.search(rf"^{name}_total\{{[^}}]*{label}[^}}]*\}} ([0-9.]+)$", (await http.get("/metrics")).text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_postgres_away_is_a_line_a_request_with_code_and_remedy(
    admin: Caller, http: httpx2.AsyncClient, written: io.StringIO, worker_id: str
) -> None:
    errors = await counted(http, "plumb_errors", 'place="api"')
    outages = await counted(http, "plumb_outages", 'code="DATABASE_AWAY"')
    with postgres_stopped(os.environ.get("PLUMB_TEST_NAME", "") + worker_id, FAST):
        written.truncate(0)
        written.seek(0)
        answers = [
            *[await admin.post("{ company { name } }") for _ in range(3)],
            *[await admin.post(CHANGE) for _ in range(2)],
            await http.get(f"/letters/{encode_id('Letter', uuid7())}/file"),
        ]
    assert [each.status_code for each in answers] == [503] * len(answers)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [line for line in lines if "code" in line]
    assert [line["code"] for line in told] == ["DATABASE_AWAY"] * len(answers)
    assert [line["request_id"] for line in told] == [each.headers["x-request-id"] for each in answers]
    assert {each.headers["x-content-type-options"] for each in answers} == {"nosniff"}
    assert {line["remedy"] for line in told} == {
        "PostgreSQL does not answer: look at it, at the network and at PLUMB_DATABASE_URL"
    }
    assert [line for line in lines if "exception" in line] == []
    assert await counted(http, "plumb_errors", 'place="api"') == errors
    assert await counted(http, "plumb_outages", 'code="DATABASE_AWAY"') == outages + len(answers)
