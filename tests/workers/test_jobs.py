"""The worker's side and the jobs that people see, on the real database; the queue itself is the chaos test's (N8, A50)."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import Database, execute, fetch_one, tenant_transaction
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.service import JobNotFailed, access_job, enqueue, list_jobs, retry_job, state_of
from plumb_platform.queue.worker_side import ATTEMPTS, Work, pause_after, work_on
from plumb_workers.jobs import UnknownTopic, registered_jobs
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.jobs_made import TOPIC, Broken, age, do, job_of, queued


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def test_a_refusal_fails_the_job_at_once_and_undoes_its_work(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)

    async def refuse(actor: Actor, _: dict[str, Any]) -> None:
        await enqueue(actor, TOPIC, {}, dedupe_key="written by the refused work")
        raise Broken(reason="U+E000")

    await do(company, job_id, refuse)
    job = await job_of(company, job_id)
    assert (state_of(job), job.error_code) == ("FAILED", "TEST_BROKEN")
    assert job.error == {"zh-CN": "测试拒绝(U+E000)", "en": "refused by the test (U+E000)"}
    async with tenant_transaction(company.system):
        assert await Outbox.all().count() == 1


async def test_a_transient_refusal_is_tried_again_and_keeps_its_code_in_the_end(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)

    async def refuse(_: Actor, __: dict[str, Any]) -> None:
        raise Broken(reason="disk")

    for attempt in range(1, ATTEMPTS):
        await do(company, job_id, refuse, transient=(Broken,))
        job = await job_of(company, job_id)
        assert (state_of(job), job.failures, job.sent_at) == ("QUEUED", attempt, None)
    await do(company, job_id, refuse, transient=(Broken,))
    job = await job_of(company, job_id)
    assert (state_of(job), job.error_code, job.failures) == ("FAILED", "TEST_BROKEN", ATTEMPTS)


async def test_an_unexpected_error_is_tried_five_times_with_growing_pauses(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)

    async def crash(_: Actor, __: dict[str, Any]) -> None:
        raise ZeroDivisionError("a secret in the message")

    for _ in range(ATTEMPTS):
        await do(company, job_id, crash)
    job = await job_of(company, job_id)
    assert (job.error_code, job.failures) == ("JOB_GIVEN_UP", 5)
    assert "secret" not in str(job.error)
    assert [pause_after(n) for n in range(1, 7)] == [1, 4, 16, 64, 256, 300]


async def test_a_job_that_kills_its_worker_is_given_up_after_five_attempts(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    ran = 0

    async def die(_: Actor, __: dict[str, Any]) -> None:
        nonlocal ran
        ran += 1

    # A killed worker has begun and says nothing more.
    async with tenant_transaction(company.system):
        await execute("update outbox set started_at = now(), failures = $1", ATTEMPTS)
    await do(company, job_id, die)
    job = await job_of(company, job_id)
    assert (ran, state_of(job), job.error_code) == (0, "FAILED", "JOB_GIVEN_UP")


async def test_a_cancelled_attempt_does_not_count(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    begun = asyncio.Event()

    async def wait(_: Actor, __: dict[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(do(company, job_id, wait, seconds=60))
    await begun.wait()
    assert state_of(await job_of(company, job_id)) == "RUNNING"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    job = await job_of(company, job_id)
    assert (state_of(job), job.failures, job.sent_at) == ("QUEUED", 0, None)


async def test_work_that_takes_too_long_is_ended_and_tried_again(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    await do(company, job_id, lambda *_: asyncio.sleep(60), seconds=0.1)
    job = await job_of(company, job_id)
    assert (state_of(job), job.failures) == ("QUEUED", 1)


async def test_ten_deliveries_of_one_job_do_it_once(company: CompanyFixture) -> None:
    (job_id,) = await queued(company, number=7)
    seen: list[tuple[Actor, dict[str, Any]]] = []

    async def work(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
        seen.append((actor, payload))
        await asyncio.sleep(0.05)
        return {"done": payload["number"]}

    await asyncio.gather(*(do(company, job_id, work) for _ in range(10)))
    await do(company, job_id, work)
    job = await job_of(company, job_id)
    assert len(seen) == 1
    assert (seen[0][0].tenant_id, seen[0][0].roles, seen[0][1]) == (company.tenant_id, frozenset({"system"}), {"number": 7})
    assert (state_of(job), job.result) == ("DONE", {"done": 7})
    assert seen[0][0].request_id == company.hr.request_id


async def test_a_delivery_under_another_company_does_nothing(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    other = await make_company()
    await do(other, job_id, lambda *_: pytest.fail("a foreign job ran"))
    await do(company, uuid4(), lambda *_: pytest.fail("an unknown job ran"))
    assert state_of(await job_of(company, job_id)) == "QUEUED"


async def test_a_dedupe_key_keeps_one_job_under_many_callers(company: CompanyFixture) -> None:
    async def once() -> UUID:
        async with tenant_transaction(company.hr):
            return (await enqueue(company.hr, TOPIC, {}, dedupe_key="one")).id

    assert len(set(await asyncio.gather(*(once() for _ in range(8))))) == 1


async def test_people_see_their_own_jobs_and_administrators_all(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    unit = await add_unit(company, "GD", "广东")
    employee = await add_person(company, "E1", "张伟", unit=unit)
    other = await make_company()
    for actor, sees in ((employee, False), (other.admin, False), (company.hr, True), (company.admin, True)):
        async with tenant_transaction(actor):
            assert [each.id for each in await list_jobs(actor, topic=TOPIC)] == ([job_id] if sees else [])
            if not sees:
                with pytest.raises(NotFound):
                    await access_job(actor, job_id)


async def test_only_a_failed_job_is_retried_and_only_by_who_may(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    async with tenant_transaction(company.hr):
        with pytest.raises(JobNotFailed):
            await retry_job(company.hr, job_id)
    async with tenant_transaction(company.auditor):
        with pytest.raises(Forbidden):
            await retry_job(company.auditor, job_id)
    await age(company, failed_at="now()", failures="5")
    async with tenant_transaction(company.hr):
        await retry_job(company.hr, job_id)
        assert (await fetch_one("select action from audit_entry where object_id = $1", job_id)) == {"action": "job.retry"}
    job = await job_of(company, job_id)
    assert (state_of(job), job.failures, job.tries) == ("QUEUED", 0, 0)


def test_every_job_names_its_topic_and_takes_the_company_first() -> None:
    jobs = registered_jobs()
    assert {"letters.seal", "snapshots.take"} <= set(jobs)
    for each in jobs.values():
        first = next(iter(each.handler.__annotations__.items()))
        assert first == ("actor", Actor)


async def test_a_topic_that_this_worker_does_not_know_waits_for_one_that_does(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)

    def unknown(topic: str) -> Work:
        raise UnknownTopic(topic)

    await work_on(company.tenant_id, job_id, unknown)
    assert state_of(await job_of(company, job_id)) == "QUEUED"


def test_a_system_actor_is_no_session() -> None:
    actor = system_actor(uuid4())
    assert actor.channel == "job"
    assert replace(actor, request_id="x").person_id is None
