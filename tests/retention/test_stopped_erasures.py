"""An erasure is the act of who confirmed it, and goes on while they may; its report says why it ended early (C56)."""

import json
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.members import close_membership
from plumb_schema.ground.ids import encode_id
from plumb_tenants.retention import running
from plumb_tenants.retention.service import download_print, download_report, print_reports
from support.asking import Ask
from support.companies import VAULT, member
from support.matrices import less, published
from support.office import membership_of
from support.pdf_read import words_of
from support.retention_made import Ended

REQUEST = """mutation ($input: RequestErasureInput!) { requestErasure(input: $input) {
  ... on RetentionRun { id state } ... on Problem { code message } } }"""
CONFIRM = """mutation ($input: ConfirmErasureInput!) { confirmErasure(input: $input) {
  ... on RetentionRun { id state version } ... on Problem { code message } } }"""
MESSAGES = "{ messages { edges { node { kind objectId zh en } } } }"
PREVIEW = "query ($id: ID!) { erasurePreview(personId: $id) { due } }"
DESTROYED = "select count(*) from retention_item where outcome = 'DESTROYED'"
TOLD = {
    "kind": "retention.stopped",
    "zh": "一项个人信息删除未全部完成：确认人已无权删除个人信息。已删除的内容见报告；仍须删除的，请重新提出申请。",
    "en": "An erasure ended before all was gone (who confirmed it may not erase any more). Its report says what went; "
    "ask for the rest anew if it is to go.",
}


async def confirmed(ended: Ended, ask: Ask) -> tuple[UUID, Actor]:
    """Have the employee's erasure asked for and confirmed over the API; return the run, and who confirmed it."""
    company, person_id = ended.office.company, ended.office.employee.person_id
    assert person_id is not None
    asked = await ask(company.admin, REQUEST, input={"personId": encode_id("Person", person_id), "reason": "本人申请"})
    second = await member(company.tenant_id, "company_admin")
    found = await ask(second, CONFIRM, input={"runId": asked["id"], "version": 1})
    assert found == {"id": asked["id"], "state": "CONFIRMED", "version": 2}
    return UUID(found["id"].partition("_")[2]), second


async def leaves(ended: Ended, who: Actor) -> None:
    admin = ended.office.company.admin
    async with tenant_transaction(admin):
        await close_membership(admin, membership_id=membership_of(who))


async def report(ended: Ended, run_id: UUID) -> dict[str, Any]:
    auditor = ended.office.company.auditor
    async with tenant_transaction(auditor):
        content, _ = await download_report(auditor, run_id, ended.storage)
    said: dict[str, Any] = json.loads(content)["said"]
    return said


async def test_an_erasure_whose_confirmer_left_destroys_nothing_more_and_says_so(
    ended: Ended, ask: Ask, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One row a step: the run is under way when who confirmed it goes.
    monkeypatch.setattr(running, "MOST", 1)
    system, admin = ended.office.company.system, ended.office.company.admin
    async with tenant_transaction(system):
        await execute(
            "insert into message (tenant_id, id, created_at, person_id, kind, object_type, object_id, zh, en) "
            "select tenant_id, gen_random_uuid(), now(), id, 'x', 'Goal', id, '旧', 'old' from person, generate_series(1, 3) "
            "where id = $1",
            ended.office.employee.person_id,
        )
    run_id, second = await confirmed(ended, ask)
    assert (await ended.step(run_id)).state == "CONFIRMED"
    await leaves(ended, second)
    assert (await ended.to_the_end(run_id)).state == "DONE"
    async with tenant_transaction(system):
        assert await fetch_value(DESTROYED) == 1
        assert await fetch_value("select name from person where id = $1", ended.office.employee.person_id) == "张伟"
        entry = "select after ->> 'stopped' from audit_entry where action = 'retention.stop'"
        assert await fetch_value(entry) == "RIGHT_LOST"
        made = await print_reports(system, run_id, renderer=renderer, storage=ended.storage, vault=VAULT)
    said = await report(ended, run_id)
    assert (made, said["run"]["stopped"], len(said["destroyed"])) == (2, "RIGHT_LOST", 1)
    assert "stopped" not in said["rules"]
    async with tenant_transaction(admin):
        chinese, _ = await download_print(admin, run_id, ended.storage, locale="zh-CN")
    assert "提前结束" in words_of(chinese)
    assert "确认人已无权删除个人信息" in words_of(chinese)
    told = [each for each in await ask.nodes(admin, MESSAGES) if each["kind"] == "retention.stopped"]
    assert told == [TOLD | {"objectId": encode_id("RetentionRun", run_id)}]
    # Who may takes it up anew, and it goes to its end.
    run_id, _ = await confirmed(ended, ask)
    assert (await ended.to_the_end(run_id)).state == "DONE"
    said = await report(ended, run_id)
    assert said["run"]["stopped"] is None
    async with tenant_transaction(system):
        assert await fetch_value("select name from person where id = $1", ended.office.employee.person_id) != "张伟"


async def test_a_matrix_that_takes_the_right_stops_an_erasure_before_its_first_step(ended: Ended, ask: Ask) -> None:
    company = ended.office.company
    run_id, _ = await confirmed(ended, ask)
    await published(company.admin, less("company_admin", "retention:erase"))
    assert (await ended.to_the_end(run_id)).state == "DONE"
    assert (await report(ended, run_id))["run"]["stopped"] == "RIGHT_LOST"
    async with tenant_transaction(company.system):
        assert await fetch_value(DESTROYED) == 0


async def test_an_erasure_that_has_nothing_left_to_take_is_not_called_stopped(ended: Ended, ask: Ask) -> None:
    system = ended.office.company.system
    run_id, second = await confirmed(ended, ask)
    assert ended.office.employee.person_id is not None
    person = {"id": encode_id("Person", ended.office.employee.person_id)}
    while any(line["due"] for line in (await ask(second, PREVIEW, **person))):
        assert (await ended.step(run_id)).state == "CONFIRMED"
    await leaves(ended, second)
    assert (await ended.to_the_end(run_id)).state == "DONE"
    assert (await report(ended, run_id))["run"]["stopped"] is None
    async with tenant_transaction(system):
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.stop'") == 0
