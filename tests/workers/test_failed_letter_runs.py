"""Runs of letters whose job was given up or is gone: they rest and say so, or go on; none is under way for ever (A29, N5)."""

import asyncio
from typing import Any

import orjson
import pytest

from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.queue.worker_side import JobGivenUp
from plumb_schema.ground.ids import encode_id
from plumb_tenants.company.suspending import suspend_company
from plumb_tenants.letters.run_failures import pause_failed_run
from plumb_tenants.letters.runs import RUN_TOPIC
from plumb_workers.schedule import TIMERS, Timers
from support.asking import Ask
from support.background import Background
from support.letters_made import Office, make_office

START = """mutation ($input: StartLetterRunInput!) { it: startLetterRun(input: $input) {
  ... on LetterRun { id state version } ... on Problem { code } } }"""
TURN = """mutation ($input: {0}LetterRunInput!) { it: {1}LetterRun(input: $input) {
  ... on LetterRun { state version } ... on Problem { code } } }"""
RUN = "query ($id: ID!) { letterRun(id: $id) { state version waiting issued } }"
MESSAGES = "{ messages { edges { node { kind objectId zh en } } } }"
ENTRIES = "select action, before, after from audit_entry where action like 'letter_run.%' order by number"
# The goals of an item are no ids: its job ends in an error that nobody expected, now for the fifth time.
BREAK = "update letter_run_item set goals = '[\"?\"]'"
TIRED = "update outbox set failures = 4 where topic = $1"
MEND = "update letter_run_item set goals = jsonb_build_array($1::text)"
GIVEN_UP = "update outbox set failed_at = now(), failures = 5, error_code = 'JOB_GIVEN_UP' where topic = $1 and done_at is null"


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def do(office: Office, statement: str, *values: object) -> None:
    async with tenant_transaction(office.company.system):
        await execute(statement, *values)


async def started(office: Office, ask: Ask) -> str:
    given = {"cycleId": encode_id("Cycle", office.cycle), "templateVersionId": encode_id("DefinitionVersion", office.template)}
    begun = await ask(office.company.hr, START, input=given)
    assert (begun["state"], begun["version"]) == ("RUNNING", 1)
    return str(begun["id"])


async def turned(office: Office, ask: Ask, which: str, turn: str, version: int) -> Any:
    document = TURN.replace("{0}", turn.title()).replace("{1}", turn)
    return await ask(office.company.hr, document, input={"runId": which, "version": version})


async def until(office: Office, ask: Ask, which: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            run: dict[str, Any] = await ask(office.company.hr, RUN, id=which)
            if run["state"] == state:
                return run
            await asyncio.sleep(0.1)


async def beat() -> None:
    await Timers(tuple(each for each in TIMERS if each.name == "letters.runs")).beat()


async def told(office: Office, ask: Ask) -> list[dict[str, str]]:
    return await ask.nodes(office.company.hr, MESSAGES)


async def open_jobs(office: Office) -> list[Any]:
    async with tenant_transaction(office.company.system):
        rows = await fetch("select dedupe_key from outbox where topic = $1 and done_at is null and failed_at is null", RUN_TOPIC)
    return [row["dedupe_key"].rpartition(":")[2] for row in rows]


async def test_a_run_whose_job_is_given_up_rests_says_why_and_goes_on_when_it_is_resumed(
    office: Office, ask: Ask, background: Background
) -> None:
    which = await started(office, ask)
    await do(office, BREAK)
    await do(office, TIRED, RUN_TOPIC)
    for name in ("valkey", "worker", "relay"):
        background.start(name)
    assert await until(office, ask, which, "PAUSED") == {"state": "PAUSED", "version": 2, "waiting": 1, "issued": 0}
    (message,) = await told(office, ask)
    assert message == {
        "kind": "letter_run.failed",
        "objectId": which,
        "zh": "“2026 年度”的责任书批量签发已暂停：任务连续 5 次未能完成（ValueError），已停止重试。"
        "已签发的责任书不受影响；排除原因后请继续批量签发。",
        "en": "The run of letters over 2026 年度 is paused: The job did not finish in 5 attempts (ValueError); it is not tried "
        "again. Letters issued so far stay; mend the reason, then resume the run.",
    }
    assert (await ask(office.company.admin, MESSAGES))["edges"] == []
    async with tenant_transaction(office.company.system):
        entry = (await fetch(ENTRIES))[-1]
    assert (entry["action"], orjson.loads(entry["before"])) == ("letter_run.paused", {"state": "RUNNING"})
    assert orjson.loads(entry["after"]) == {"state": "PAUSED", "error_code": "JOB_GIVEN_UP"}
    await do(office, MEND, str(office.goal))
    assert await turned(office, ask, which, "resume", 2) == {"state": "RUNNING", "version": 3}
    assert await until(office, ask, which, "DONE") == {"state": "DONE", "version": 4, "waiting": 0, "issued": 1}


async def test_a_timer_pauses_once_what_nobody_paused_and_tells_of_the_code_alone(office: Office, ask: Ask) -> None:
    which = await started(office, ask)
    await beat()
    assert (await ask(office.company.hr, RUN, id=which))["version"] == 1
    await do(office, GIVEN_UP, RUN_TOPIC)
    for _ in range(2):
        await beat()
    assert await ask(office.company.hr, RUN, id=which) == {"state": "PAUSED", "version": 2, "waiting": 1, "issued": 0}
    (message,) = await told(office, ask)
    assert "后台任务失败（JOB_GIVEN_UP）。" in message["zh"]
    assert "Its job failed (JOB_GIVEN_UP)." in message["en"]
    assert (await turned(office, ask, which, "resume", 2))["state"] == "RUNNING"
    await beat()
    assert (await ask(office.company.hr, RUN, id=which))["version"] == 3
    assert await open_jobs(office) == ["2"]


async def test_a_run_whose_job_is_gone_has_another(office: Office, ask: Ask) -> None:
    which = await started(office, ask)
    await do(office, "update outbox set dedupe_key = null, done_at = now() where topic = $1", RUN_TOPIC)
    for _ in range(2):
        await beat()
    assert await open_jobs(office) == ["2"]
    assert (await ask(office.company.hr, RUN, id=which))["state"] == "RUNNING"
    async with tenant_transaction(office.company.system):
        causes = await fetch_value("select created_by from outbox where dedupe_key is not null and topic = $1", RUN_TOPIC)
    assert causes == office.company.hr.membership_id


async def test_a_job_that_a_later_one_took_the_place_of_pauses_nothing(office: Office, ask: Ask) -> None:
    which = await started(office, ask)
    await turned(office, ask, which, "pause", 1)
    await turned(office, ask, which, "resume", 2)
    async with tenant_transaction(office.company.system):
        payload = await fetch_value("select payload from outbox where topic = $1 and dedupe_key like '%:1'", RUN_TOPIC)
        for place, state in (("1", "RUNNING"), ("2", "PAUSED")):
            await execute(f"{GIVEN_UP} and dedupe_key like '%:' || $2", RUN_TOPIC, place)
            await pause_failed_run(office.company.system, orjson.loads(payload), JobGivenUp(attempts=5, reason="TimeoutError"))
            assert await fetch_value("select state from letter_run") == state
    assert len(await told(office, ask)) == 1


@pytest.mark.parametrize("turn", ["pause", "cancel"])
async def test_a_run_that_rests_or_was_cancelled_is_left_as_it_is(office: Office, ask: Ask, turn: str) -> None:
    which = await started(office, ask)
    state = (await turned(office, ask, which, turn, 1))["state"]
    await do(office, GIVEN_UP, RUN_TOPIC)
    await beat()
    assert (await ask(office.company.hr, RUN, id=which))["state"] == state
    assert await told(office, ask) == []


async def test_a_suspended_company_is_left_alone_and_a_foreign_one_is_not_touched(office: Office, ask: Ask) -> None:
    other = await make_office()
    which, foreign = await started(office, ask), await started(other, ask)
    await do(office, GIVEN_UP, RUN_TOPIC)
    async with tenant_transaction(office.company.system):
        key = str(await fetch_value("select key from company"))
    await suspend_company(key=key, reason="欠费")
    await beat()
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select state from letter_run") == "RUNNING"
    assert (await ask(other.company.hr, RUN, id=foreign))["state"] == "RUNNING"
    assert which != foreign
