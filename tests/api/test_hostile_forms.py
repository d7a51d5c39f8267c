"""What issue 4 calls bad input, over HTTP: each a problem with its code, place and remedy in both languages; nothing changes."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.alignment.service import create_alignment
from plumb_tenants.approvals.service import withdraw_approval
from plumb_tenants.definitions.service import create_definition, effective_version
from plumb_tenants.goals.service import create_cycle
from support.filled_company import fingerprint
from support.form_approvals_made import FORM, Desk, make_desk
from support.forms_made import PDF, publish_form
from support.metrics_made import publish_library
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
P = "... on Problem { code field message }"


def change(name: str) -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {P} __typename }} }}"


@dataclass(frozen=True)
class Said:
    """A problem as it was told in both languages."""

    code: str
    field: str
    zh: str
    en: str


@pytest.fixture(scope="module")
async def desk(database: Database) -> Desk:
    """Make one company for all refusals: none of them changes anything."""
    return await make_desk()


async def refused(desk: Desk, caller: Caller, mutation: str, **given: Any) -> Said:
    """Ask in both languages; not one row of the company may have changed."""
    before, told = await fingerprint(desk.bureau.company), {}
    for locale in ("zh-CN", "en"):
        told[locale] = await caller.ask(change(mutation), {"accept-language": locale}, input=given)
    # That a session was used is all that is written.
    after = await fingerprint(desk.bureau.company)
    assert {table for table in before if before[table] != after[table]} <= {"session"}
    chinese, english = told["zh-CN"], told["en"]
    assert (chinese["code"], chinese["field"]) == (english["code"], english["field"])
    return Said(chinese["code"], chinese["field"], chinese["message"], english["message"])


async def draft_of(desk: Desk, kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return what publishing a draft of this body is asked with."""
    hr = desk.bureau.company.hr
    async with tenant_transaction(hr):
        made = await create_definition(hr, kind=kind, key=key, name=key, body=body)
    return {"id": encode_id("DefinitionVersion", made.id), "version": made.version}


def cell(key: str, kind: str = "money", **more: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": key, **more}


def line() -> list[dict[str, Any]]:
    return [{"approvers": [{"by": "MANAGER"}], "vacancy": "PASS"}]


async def test_computed_fields_in_a_circle_are_named_in_their_order(desk: Desk, signed_in: SignedIn) -> None:
    circle = [cell(key, "computed", formula=f"{reads} + 1") for key, reads in (("a", "b"), ("b", "c"), ("c", "a"))]
    given = await draft_of(desk, "form", "circle", {"title": "循环", "fields": circle})
    said = await refused(desk, await signed_in(desk.bureau.company.hr), "publishVersion", **given)
    assert said.code == "FORM_CYCLE"
    assert said.en.startswith("The fields wait for each other: ")
    assert said.zh.startswith("字段互相依赖，形成循环：")
    named = said.en.partition(": ")[2].rstrip(".").split(" → ")
    assert (len(named), named[0], set(named)) == (4, named[-1], {"a", "b", "c"})


async def test_a_rule_that_reads_the_rows_of_a_later_table_is_refused_at_the_rule(desk: Desk, signed_in: SignedIn) -> None:
    fields = [cell("合计", visible_if="明细.金额 > 0"), cell("明细", "table", columns=[cell("金额")])]
    given = await draft_of(desk, "form", "later", {"title": "明细", "fields": fields})
    said = await refused(desk, await signed_in(desk.bureau.company.hr), "publishVersion", **given)
    assert (said.code, said.field) == ("FORM_READS_LATER_TABLE", "fields[0].visibleIf")
    assert ("请调整字段顺序" in said.zh, "change the order of the fields" in said.en) == (True, True)


async def test_a_flow_that_can_get_stuck_is_refused_with_the_way_to_it(desk: Desk, signed_in: SignedIn) -> None:
    steps = [
        {"key": "a", "name": "初审", "lines": line(), "next": [{"when": "金额 > 1", "to": "b"}]},
        {"key": "b", "name": "复审", "lines": line()},
    ]
    given = await draft_of(desk, "flow", "stuck", {"steps": steps, "fields": [{"name": "金额"}]})
    said = await refused(desk, await signed_in(desk.bureau.company.hr), "publishVersion", **given)
    assert (said.code, said.field) == ("FLOW_DEAD_END", "steps[0].next")
    assert said.zh == "流程会卡住：初审 之后没有可走的分支；请添加无条件的最后分支。"
    assert said.en == "The flow gets stuck: after 初审 no branch need hold; add a last branch without a condition."


async def test_a_clock_over_a_year_without_calendar_data_is_refused_at_its_term(desk: Desk, signed_in: SignedIn) -> None:
    term = {"clock": "WORKING_DAYS", "amount": 1000}
    given = await draft_of(desk, "flow", "long", {"steps": [{"key": "a", "name": "初审", "lines": line()}], "term": term})
    said = await refused(desk, await signed_in(desk.bureau.company.hr), "publishVersion", **given)
    assert (said.code, said.field) == ("CALENDAR_YEAR_MISSING", "term")
    assert ("请在公司工作日历中上传" in said.zh, "upload its holidays" in said.en) == (True, True)


@pytest.mark.parametrize(
    ("content", "code", "remedies"),
    [
        (b"<html></html>", "ATTACHMENT_TYPE_WRONG", ("只接受：application/pdf", "takes application/pdf")),
        (PDF + b" " * 2000, "ATTACHMENT_TOO_LARGE", ("须为 1 到 1000 字节", "takes 1 to 1000")),
        (b"", "ATTACHMENT_TOO_LARGE", ("须为 1 到 1000 字节", "takes 1 to 1000")),
    ],
)
async def test_a_file_of_the_wrong_type_or_size_is_refused_with_what_would_be_right(
    desk: Desk, signed_in: SignedIn, content: bytes, code: str, remedies: tuple[str, str]
) -> None:
    submission = encode_id("Submission", await desk.start())
    given = {"submissionId": submission, "field": "证据", "name": "a.pdf", "contentBase64": b64encode(content).decode()}
    said = await refused(desk, await signed_in(desk.bureau.manager), "uploadAttachment", **given)
    assert (said.code, said.field) == (code, "content")
    assert (remedies[0] in said.zh, remedies[1] in said.en) == (True, True)


async def test_an_approver_acts_neither_twice_nor_on_an_old_version_nor_after_withdrawal(desk: Desk, signed_in: SignedIn) -> None:
    bureau = desk.bureau
    _, approval = await desk.sent()
    caller, late = await signed_in(bureau.colleague), await signed_in(bureau.director)
    mine, theirs = [encode_id("ApprovalTask", await bureau.task(approval, who)) for who in (bureau.colleague, bureau.director)]
    yes = {"decision": "APPROVE", "objectVersion": 1}
    said = await refused(desk, caller, "decideApproval", **yes | {"taskId": mine, "objectVersion": 7})
    assert (said.code, said.field) == ("APPROVAL_VERSION_STALE", "objectVersion")
    assert ("请刷新后再处理" in said.zh, "Reload before you decide" in said.en) == (True, True)
    await desk.vote(approval, bureau.colleague)
    said = await refused(desk, caller, "decideApproval", **yes | {"taskId": mine})
    assert (said.code, said.field) == ("APPROVAL_TASK_CLOSED", "taskId")
    said = await refused(desk, caller, "decideApproval", **yes | {"taskId": theirs})
    assert (said.code, said.field) == ("NOT_FOUND", "taskId")
    async with tenant_transaction(bureau.manager):
        await withdraw_approval(bureau.manager, approval_id=approval)
    said = await refused(desk, late, "decideApproval", **yes | {"taskId": theirs})
    assert (said.code, said.field) == ("APPROVAL_OVER", "taskId")
    assert ("已撤回" in said.zh, "WITHDRAWN" in said.en) == (True, True)


async def test_a_proposal_after_the_rounds_are_closed_is_refused(desk: Desk, signed_in: SignedIn) -> None:
    hr = desk.bureau.company.hr
    alignment = await _closed_alignment(hr, await _proposals(desk))
    given = {"alignmentId": encode_id("Alignment", alignment), "values": {"金额": "1"}}
    said = await refused(desk, await signed_in(desk.bureau.manager), "propose", **given)
    assert (said.code, said.field) == ("ALIGNMENT_ROUND_CLOSED", "alignmentId")
    assert said.zh == "当前为“已结束”，此操作须在“第一轮（申报）”进行。"
    assert said.en == "The alignment is CLOSED; this is done while it is PROPOSING."


async def test_neither_surveys_nor_alignments_take_a_form_that_runs_on_a_flow(desk: Desk, signed_in: SignedIn) -> None:
    caller, form = await signed_in(desk.bureau.company.hr), encode_id("DefinitionVersion", desk.form)
    days = {"opensOn": "2026-11-01", "closesOn": "2026-12-01"}
    survey = {"formVersionId": form, "kind": "FAIRNESS", "title": "公平感", "scoreField": "金额", **days}
    said = await refused(desk, caller, "createSurvey", **survey)
    assert (said.code, said.field) == ("SURVEY_FORM_HAS_FLOW", "formVersionId")
    assert ("请使用不设流程的表单" in said.zh, "use a form without a flow" in said.en) == (True, True)
    fields = [{**FORM["fields"][0], "metric": "revenue"}, *FORM["fields"][1:]]
    await _library(hr := desk.bureau.company.hr)
    bound = encode_id("DefinitionVersion", await publish_form(hr, "bound", FORM | {"metrics": ["revenue"], "fields": fields}))
    names = ("proposingOn", "levellingOn", "confirmingOn", "closesOn")
    starts = {name: date(2026, 12, place + 1).isoformat() for place, name in enumerate(names)}
    cycle = encode_id("Cycle", await _cycle(hr, "2026-Q4"))
    said = await refused(desk, caller, "createAlignment", cycleId=cycle, formVersionId=bound, name="四季度", **starts)
    assert (said.code, said.field) == ("ALIGNMENT_FORM_HAS_FLOW", "formVersionId")


async def _library(hr: Actor) -> None:
    async with tenant_transaction(hr):
        known = await effective_version(hr, kind="metric", key="revenue")
    if known is None:
        await publish_library(hr, "revenue")


async def _proposals(desk: Desk) -> UUID:
    hr = desk.bureau.company.hr
    await _library(hr)
    fields = [{**FORM["fields"][0], "metric": "revenue"}]
    return await publish_form(hr, "proposals", {"title": "申报", "metrics": ["revenue"], "fields": fields})


async def _cycle(hr: Actor, code: str) -> UUID:
    async with tenant_transaction(hr):
        made = await create_cycle(hr, code=code, name=code, starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
        return made.id


async def _closed_alignment(hr: Actor, form: UUID) -> UUID:
    cycle, first = await _cycle(hr, "2026-Q2"), datetime.now(UTC).date() - timedelta(days=9)
    starts = [first + timedelta(days=each) for each in range(4)]
    async with tenant_transaction(hr):
        return await create_alignment(hr, cycle_id=cycle, form_version_id=form, name="二季度", starts=starts)
