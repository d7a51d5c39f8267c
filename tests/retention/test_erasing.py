"""Erasing a leaver's data on request: who may, what goes, what stays and why, and a report that holds without the server."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature

from plumb_platform.actor import Actor
from plumb_platform.audit.service import verify_chain
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_one, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.errors import Conflict, DomainError
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.queue.service import find_job_of
from plumb_platform.telling import Sentence
from plumb_tenants.company.service import root_certificates
from plumb_tenants.letters.service import verify_by_code
from plumb_tenants.notifications.service import notify
from plumb_tenants.people.service import import_people
from plumb_tenants.retention.service import (
    RUN_TOPIC,
    Category,
    HoldScope,
    Line,
    cancel_erasure,
    confirm_erasure,
    download_report,
    preview_erasure,
    request_erasure,
)
from plumb_tenants.snapshots.proof import verify_snapshot
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.companies import make_company, member
from support.filled_company import new_session
from support.retention_made import Ended, hold, publish_rules


async def refused(actor: Actor, act: Any, **given: Any) -> tuple[str, str | None]:
    async with tenant_transaction(actor):
        with pytest.raises(DomainError) as caught:
            await act(actor, **given)
    return caught.value.code, caught.value.field


async def requested(ended: Ended) -> UUID:
    admin = ended.office.company.admin
    async with tenant_transaction(admin):
        return await request_erasure(admin, person_id=ended.office.employee.person_id or UUID(int=0), reason="本人申请")


async def previewed(ended: Ended) -> dict[Category, Line]:
    async with tenant_transaction(ended.office.company.admin):
        lines = await preview_erasure(ended.office.company.admin, person_id=ended.office.employee.person_id or UUID(int=0))
    return {line.category: line for line in lines}


async def with_traces(ended: Ended) -> None:
    """Leave a message, a session that ended, a second factor and a snapshot of the employee behind."""
    office, person_id = ended.office, ended.office.employee.person_id
    assert person_id is not None
    system = office.company.system
    async with tenant_transaction(system):
        said = Sentence(zh="张伟", en="Zhang Wei")
        await notify(system, people=[person_id], kind="x", object_type="Goal", object_id=office.goal, said=said)
        await execute("update person set email = 'zhangwei@example.test', skills = '[\"谈判\"]' where id = $1", person_id)
    await new_session(office.employee)
    async with platform_transaction() as connection:
        await connection.execute("update session set expires_at = now() - interval '200 days'")
    async with tenant_transaction(office.company.hr):
        await take_snapshot(office.company.hr, kind="ON_DEMAND")


async def test_who_may_not_and_what_cannot_be_asked_changes_nothing(ended: Ended) -> None:
    company, employee, manager = ended.office.company, ended.office.employee.person_id, ended.office.manager.person_id
    asked = {"person_id": employee, "reason": "本人申请"}
    assert await refused(company.hr, request_erasure, **asked) == ("FORBIDDEN", None)
    token = Actor(company.tenant_id, company.admin.roles, "token", membership_id=company.admin.membership_id)
    assert await refused(token, request_erasure, **asked) == ("ERASURE_NEEDS_SESSION", None)
    assert await refused(company.admin, request_erasure, **asked | {"reason": " "}) == ("HOLD_REASON_MISSING", "reason")
    assert await refused(company.admin, request_erasure, **asked | {"person_id": manager}) == (
        "ERASURE_PERSON_ACTIVE",
        "personId",
    )
    unknown = {"person_id": UUID(int=7)}
    assert await refused(company.admin, request_erasure, **asked | unknown) == ("NOT_FOUND", "personId")
    assert await refused(company.admin, preview_erasure, **unknown) == ("NOT_FOUND", "personId")
    async with tenant_transaction(company.admin):
        assert await fetch_value("select count(*) from retention_run") == 0


async def test_a_request_is_open_once_and_confirmed_once_by_a_second_person(ended: Ended) -> None:
    company = ended.office.company
    run_id = await requested(ended)
    asked = {"person_id": ended.office.employee.person_id, "reason": "再次"}
    assert await refused(company.admin, request_erasure, **asked) == ("ERASURE_OPEN", "personId")
    assert await refused(company.admin, confirm_erasure, run_id=run_id, version=1) == ("ERASURE_SECOND_PERSON", "runId")
    second = await member(company.tenant_id, "company_admin")
    async with tenant_transaction(second):
        with pytest.raises(Conflict):
            await confirm_erasure(second, run_id=run_id, version=9)

    async def confirm() -> str:
        async with tenant_transaction(second):
            try:
                await confirm_erasure(second, run_id=run_id, version=1)
            except DomainError as refusal:
                return refusal.code
        return "confirmed"

    assert sorted(await asyncio.gather(*(confirm() for _ in range(4)))) == ["CONFLICT"] * 3 + ["confirmed"]
    assert await refused(company.admin, cancel_erasure, run_id=run_id, version=2) == ("ERASURE_NOT_REQUESTED", "runId")
    async with tenant_transaction(company.admin):
        assert await find_job_of(RUN_TOPIC, f"{run_id}:0") is not None


async def test_a_cancelled_request_destroys_nothing_and_another_may_follow(ended: Ended) -> None:
    admin = ended.office.company.admin
    run_id = await requested(ended)
    async with tenant_transaction(admin):
        await cancel_erasure(admin, run_id=run_id, version=1)
    assert (await ended.step(run_id)).state == "CANCELLED"
    assert await requested(ended) != run_id
    async with tenant_transaction(admin):
        assert await fetch_value("select count(*) from person where erased_at is not null") == 0


async def test_where_no_second_person_is_wanted_a_request_is_confirmed_at_once(ended: Ended) -> None:
    await publish_rules(ended.office.company.admin, second_person=False)
    run = await ended.to_the_end(await requested(ended))
    assert run.state == "DONE"


async def taken_on_again(ended: Ended) -> None:
    """Import the leaver with a hire date after their last day."""
    hr = ended.office.company.hr
    async with tenant_transaction(hr):
        known = await fetch_one(
            "select p.number, p.name, u.code, u.name as unit from person p join org_unit u on u.id = p.unit_id where p.id = $1",
            ended.office.employee.person_id,
        )
        assert known is not None
        rows = [
            "工号,姓名,部门编码,部门,入职日期",
            f"{known['number']},{known['name']},{known['code']},{known['unit']},{now():%Y-%m-%d}",
        ]
        report = await import_people(hr, content="\n".join(rows).encode(), dry_run=False)
    assert (report.written, report.updated) == (True, 1)


async def test_who_was_taken_on_again_after_the_request_is_not_erased(ended: Ended) -> None:
    company = ended.office.company
    run_id = await requested(ended)
    await taken_on_again(ended)
    second = await member(company.tenant_id, "company_admin")
    assert await refused(second, confirm_erasure, run_id=run_id, version=1) == ("ERASURE_PERSON_ACTIVE", "runId")
    async with tenant_transaction(second):
        await cancel_erasure(second, run_id=run_id, version=1)


async def test_who_was_taken_on_again_after_the_confirmation_is_erased_no_further(ended: Ended) -> None:
    await with_traces(ended)
    told = "select count(*) from message where person_id = $1"
    async with tenant_transaction(ended.office.company.system):
        before = await fetch_value(told, ended.office.employee.person_id)
    run_id = await ended.erase()
    await taken_on_again(ended)
    assert (await ended.to_the_end(run_id)).state == "DONE"
    async with tenant_transaction(ended.office.company.system):
        assert await fetch_value("select count(*) from retention_item") == 0
        assert await fetch_value(told, ended.office.employee.person_id) == before > 0


async def test_the_preview_tells_what_goes_and_what_stays_and_why(ended: Ended) -> None:
    await with_traces(ended)
    lines = await previewed(ended)
    assert {each.value: line.due for each, line in lines.items() if line.due} == {"MESSAGE": 2, "PERSON": 1, "SESSION": 1}
    letter = lines[Category.LETTER]
    assert (letter.action.value, letter.total, letter.due, letter.floor.months) == ("KEEP", 1, 0, 24)
    await hold(ended.office.company.admin, HoldScope.LETTER, ended.letter.id)
    lines = await previewed(ended)
    assert {each.value: (line.due, line.held) for each, line in lines.items() if line.due or line.held} == {
        "MESSAGE": (0, 2),
        "PERSON": (0, 1),
        "SESSION": (0, 1),
    }


async def test_what_is_held_stays_and_the_report_says_so(ended: Ended) -> None:
    await with_traces(ended)
    run_id = await ended.erase()
    await hold(ended.office.company.admin, HoldScope.PERSON, ended.office.employee.person_id)
    run = await ended.to_the_end(run_id)
    async with tenant_transaction(ended.office.company.auditor):
        content, _ = await download_report(ended.office.company.auditor, run.id, ended.storage)
    said = json.loads(content)["said"]
    assert said["destroyed"] == []
    held = {each["category"]: each["held"] for each in said["kept"] if each["held"]}
    assert held == {"MESSAGE": 2, "PERSON": 1, "SESSION": 1}
    async with tenant_transaction(ended.office.company.system):
        assert await fetch_value("select name from person where id = $1", ended.office.employee.person_id) == "张伟"


async def test_erased_data_is_gone_and_every_chain_still_holds(ended: Ended) -> None:
    office, system = ended.office, ended.office.company.system
    await with_traces(ended)
    run = await ended.to_the_end(await ended.erase())
    async with tenant_transaction(system):
        person = await fetch_one("select * from person where id = $1", office.employee.person_id)
        assert await fetch_value("select count(*) from message where person_id = $1", office.employee.person_id) == 0
        assert await fetch("select distinct address, agent from session") == [{"address": "", "agent": ""}]
        assert (await verify_chain(system)).broken_at is None
        snapshot_id = await fetch_value("select id from snapshot")
        assert (await verify_snapshot(system, snapshot_id)).valid
        pictured = (await snapshot_bytes(system, snapshot_id)).decode()
    assert person is not None
    assert (person["name"][:4], person["number"][:7], person["email"], person["position"]) == ("已匿名 ", "ERASED-", None, "")
    # What is chained keeps what it said: decision 14 says why.
    assert "张伟" in pictured
    async with platform_transaction() as connection:
        account = await connection.fetchrow("select email, active from account where id = $1", office.employee.account_id)
    assert (account["email"], account["active"]) == (f"{office.employee.account_id}@erased.invalid", False)
    assert ended.letter.file_key
    assert await ended.storage.get(ended.letter.file_key)
    assert (await verify_by_code(ended.letter.verify_code, ended.storage)).status == "VALID"
    assert run.report_sha256
    again = await ended.to_the_end(await ended.erase())
    async with tenant_transaction(system):
        assert await fetch_value("select count(*) from retention_item where run_id = $1", again.id) == 0


async def test_an_account_of_another_company_keeps_its_way_in(ended: Ended) -> None:
    other, employee = await make_company(), ended.office.employee
    async with tenant_transaction(other.system):
        await execute(
            "insert into membership (tenant_id, id, account_id, roles, active, created_at) "
            "values ($1, gen_random_uuid(), $2, '[\"employee\"]', true, now())",
            other.tenant_id,
            employee.account_id,
        )
    await ended.to_the_end(await ended.erase())
    async with platform_transaction() as connection:
        account = await connection.fetchrow("select email, active from account where id = $1", employee.account_id)
    assert account["active"]
    assert "erased" not in account["email"]


async def test_the_report_holds_offline_and_tells_no_name(ended: Ended) -> None:
    company = ended.office.company
    await with_traces(ended)
    run = await ended.to_the_end(await ended.erase())
    async with tenant_transaction(company.auditor):
        content, sha256 = await download_report(company.auditor, run.id, ended.storage)
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.download'") == 1
    async with tenant_transaction(company.system):
        roots = await root_certificates(company.system)
    for forged in (content.replace(b'"DESTROYED"', b'"SHARED"', 1), content.replace(b'"rows":1', b'"rows":2', 1), content[:-1]):
        with pytest.raises((Broken, InvalidSignature, ValueError)):
            verify(forged, Options(roots))
    said = verify(content, Options(roots))
    assert (said["kind"], said["run"], said["sha256"], said["root_given"]) == ("retention report", str(run.id), sha256, True)
    assert said["counts"]["PERSON"] == {"rows": 1, "files": 0, "bytes": 0, "shared": 0, "held": 0}
    with pytest.raises(Broken, match="root"):
        verify(content, Options([roots[0]]))
    for word in ("张伟", "E1", "zhangwei", "本人申请"):
        assert f'"{word}' not in content.decode()
    stated = json.loads(content)["said"]
    assert canonical_bytes(stated) in content
    assert {each["category"] for each in stated["kept"]} == set(Category)
    stays = {each["what"]: each["count"] for each in stated["remains"]}
    async with tenant_transaction(company.system):
        entries = (
            "select count(*) from audit_entry where number <= $2 and (actor ->> 'person' = $1::uuid::text or object_id = $1)"
        )
        known = await fetch_value(entries, ended.office.employee.person_id, stated["audit"]["number"])
    assert known > 0
    assert stays == {"AUDIT_ENTRY": known, "SNAPSHOT_ROW": 1, "SIGNATURE": 0, "FREE_TEXT": 0, "GOAL": 1, "BACKUP": None}
    assert all(each[said] for each in stated["remains"] for said in ("basis_zh", "basis_en", "until_zh", "until_en"))


async def test_a_run_whose_key_has_ended_waits_with_its_report_and_signs_it_later(ended: Ended) -> None:
    run_id = await ended.erase()
    async with tenant_transaction(ended.office.company.system):
        await execute("update signing_key set active = false")
    with pytest.raises(DomainError) as caught:
        await ended.to_the_end(run_id)
    assert caught.value.code == "RETENTION_KEY_MISSING"
    admin = ended.office.company.admin
    assert await refused(admin, download_report, run_id=run_id, storage=ended.storage) == ("RETENTION_REPORT_MISSING", "runId")
    async with tenant_transaction(ended.office.company.system):
        await execute(
            "update signing_key set active = true where id = (select id from signing_key where not_after > $1 limit 1)",
            now() + timedelta(days=1),
        )
    assert (await ended.to_the_end(run_id)).state == "DONE"
