"""A request on a form over HTTP, from the pack that brings it along to its approval (C40, A15, A16)."""

from collections.abc import Awaitable, Callable
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from support.approvals_made import MANAGER, lines, make_bureau, step
from support.form_approvals_made import FORM, Desk, make_desk
from support.forms_made import PDF, publish_form
from support.serving import Caller

P = "... on Problem { code field message }"
SUBMISSION = "... on Submission { id state number version values approval { id state flowKey subject { __typename } } }"
ADOPT = f"mutation {{ adoptFormPack(input: {{ pack: SALES }}) {{ {P} ... on AdoptedFormPack {{ versionIds }} }} }}"
FORMS = "{ fillableForms { versionId key } }"
TASKS = """{ approvalTasks(where: { state: { eq: OPEN } }) { edges { node { id approval { objectVersion zh subject {
  ... on Submission { id state values attachments { totalCount } versions { totalCount } } } } } } } }"""
MINE = """query ($state: SubmissionState!) { submissions(where: { state: { eq: $state } }) { totalCount
  edges { node { formKey number approval { state acts { kind objectVersion } }
    versions { edges { node { number values } } } } } } }"""
VERSIONED = """{ submissions { edges { node { attachments { edges { node { downloadPath } } }
  versions { edges { node { number attachments { edges { node { downloadPath removedAt } } } } } } } } } }"""
MESSAGES = "{ messages { edges { node { zh objectId } } } }"


def change(name: str, shown: str) -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {P} {shown} }} }}"


async def test_a_submission_goes_back_to_any_step_that_was_passed_and_never_ahead(
    signed_in: Callable[[Actor], Awaitable[Caller]], database: Database
) -> None:
    bureau = await make_bureau()
    named = [lines({"by": "PERSON", "number": number}) for number in ("C1", "T1")]
    steps = [step("a", lines(MANAGER)), step("b", lines({"by": "FIELD", "field": "会签人"})), step("c", *named)]
    await bureau.flow({"steps": steps, "fields": [{"name": "会签人", "type": "TEXT"}, {"name": "折扣"}]}, "spend")
    desk = Desk(bureau, await publish_form(bureau.company.hr, "special_price", FORM))
    submission, approval = await desk.sent()
    await desk.vote(approval, bureau.director)
    await desk.vote(approval, bureau.colleague)
    boss, chief, strategist = [await signed_in(each) for each in (bureau.director, bureau.chief, bureau.strategist)]

    async def task_of(caller: Caller) -> str:
        (found,) = [edge["node"]["id"] for edge in (await caller.ask(TASKS))["edges"]]
        return str(found)

    async def back(caller: Caller, task: str, to: str, **more: Any) -> tuple[str | None, str | None]:
        given = {"taskId": task, "objectVersion": 1, "comment": "请先核实原价", "toStep": to} | more
        answer = await caller.ask(change("returnApproval", "... on ApprovalTask { state }"), input=given)
        return answer.get("code"), answer.get("field")

    mine, theirs = await task_of(chief), await task_of(strategist)
    assert await back(chief, mine, "c") == ("APPROVAL_RETURN_UNKNOWN", "toStep")
    assert await back(chief, mine, "a", comment=" ") == ("APPROVAL_COMMENT_INVALID", "comment")
    assert await back(chief, mine, "a", objectVersion=2) == ("APPROVAL_VERSION_STALE", "objectVersion")
    assert await back(boss, mine, "a") == ("NOT_FOUND", "taskId")
    assert await bureau.tasks(approval) == ["D1 APPROVED", "S2 APPROVED", "C1 OPEN", "T1 OPEN"]

    assert await back(chief, mine, "a") == (None, None)
    assert (await bureau.tasks(approval))[2:] == ["C1 CANCELLED", "T1 CANCELLED", "D1 OPEN"]
    assert await back(strategist, theirs, "a") == ("APPROVAL_TASK_CLOSED", "taskId")
    assert await desk.state(submission) == "IN_APPROVAL 1 2"
    # Whoever is asked anew passes it on through every step: what lies ahead was not passed.
    for ahead in ("b", "c"):
        assert await back(boss, await task_of(boss), ahead) == ("APPROVAL_RETURN_UNKNOWN", "toStep")
    for actor in (bureau.director, bureau.colleague, bureau.chief, bureau.strategist):
        await desk.vote(approval, actor)
    assert await desk.state(submission) == "APPROVED 1 3"
    assert (await bureau.acts(approval))[3:] == ["RETURN C1", "APPROVE D1", "APPROVE S2", "APPROVE C1", "APPROVE T1"]


async def test_the_files_of_each_version_are_read_in_it_and_handed_out_over_http(
    signed_in: Callable[[Actor], Awaitable[Caller]], settings: Settings, database: Database
) -> None:
    desk = await make_desk()
    storage = open_storage(settings.storage_url, home=settings.home)
    submission = await desk.start()
    old = await desk.attach(submission, kept=storage)
    await desk.submit(submission)
    approval = await desk.value("select approval_id from submission where id = $1", submission)
    await desk.vote(approval, desk.bureau.colleague)
    await desk.send_back(approval, desk.bureau.director)
    await desk.remove(old)
    new = await desk.attach(submission, PDF + b"2", kept=storage)
    await desk.submit(submission, 3)
    keeper, asked = await signed_in(desk.bureau.colleague), await signed_in(desk.bureau.director)
    paths = [f"/attachments/{encode_id('Attachment', file)}/file" for file in (old, new)]
    (found,) = [edge["node"] for edge in (await asked.ask(VERSIONED))["edges"]]
    assert [edge["node"]["downloadPath"] for edge in found["attachments"]["edges"]] == paths[1:]
    versions = [each["node"]["attachments"]["edges"] for each in found["versions"]["edges"]]
    shown = [[file["node"]["downloadPath"] for file in each] for each in versions]
    assert shown == [paths[1:], paths[:1]]
    assert [(await asked.http.get(path)).status_code for path in paths] == [200, 200]
    assert [(await keeper.http.get(path)).status_code for path in paths] == [200, 200]
    stranger = await signed_in(desk.bureau.analyst)
    assert [(await stranger.http.get(path)).status_code for path in paths] == [404, 404]


async def test_a_special_price_is_asked_for_returned_asked_for_again_and_approved(
    signed_in: Callable[[Actor], Awaitable[Caller]], database: Database
) -> None:
    bureau = await make_bureau()
    hr, asking = await signed_in(bureau.company.hr), await signed_in(bureau.manager)
    boss, second = await signed_in(bureau.director), await signed_in(bureau.colleague)
    await hr.ask(ADOPT)
    form = next(each["versionId"] for each in await asking.ask(FORMS) if each["key"] == "special-price-request")
    values: dict[str, Any] = {"客户": "华南医院", "原价": "1000", "折扣": "5", "会签人": "S2", "理由": "首单试用"}
    short = await asking.ask(change("startSubmission", SUBMISSION), input={"versionId": form, "values": values})
    assert (short["code"], short["field"]) == ("FORM_TEXT_LENGTH", "理由")
    values |= {"理由": "首单试用一年"}
    draft = await asking.ask(change("startSubmission", SUBMISSION), input={"versionId": form, "values": values})
    given = {"submissionId": draft["id"], "version": 1}
    sent = await asking.ask(change("submitSubmission", SUBMISSION), input=given)
    assert sent["values"] == {"原价": "1000.00", "客户": "华南医院", "成交价": "950.00", "折扣": "5.00", "理由": "首单试用一年"}
    assert (sent["state"], sent["number"]) == ("IN_APPROVAL", 1)
    assert sent["approval"] == {
        "id": sent["approval"]["id"],
        "state": "RUNNING",
        "flowKey": "special-price",
        "subject": {"__typename": "Submission"},
    }

    (task,) = [edge["node"] for edge in (await boss.ask(TASKS))["edges"]]
    assert task["approval"]["zh"] == "表单“特价申请”"
    assert task["approval"]["subject"]["values"] == sent["values"]
    back = {"taskId": task["id"], "objectVersion": 1, "comment": "折扣可以再高"}
    await boss.ask(change("returnApproval", "... on ApprovalTask { id }"), input=back)
    told = [edge["node"]["zh"] for edge in (await asking.ask(MESSAGES))["edges"]]
    assert told == ["表单“特价申请”：已退回申请人"]

    saved = {"submissionId": draft["id"], "version": 3, "values": values | {"折扣": "12"}}
    await asking.ask(change("saveSubmission", SUBMISSION), input=saved)
    sent = await asking.ask(change("submitSubmission", SUBMISSION), input=given | {"version": 4})
    assert (sent["state"], sent["number"], sent["values"]["成交价"]) == ("IN_APPROVAL", 2, "880.00")
    for caller in (boss, second):
        (task,) = [edge["node"] for edge in (await caller.ask(TASKS))["edges"]]
        assert task["approval"]["subject"]["id"] == draft["id"]
        yes = {"taskId": task["id"], "decision": "APPROVE", "objectVersion": 1}
        stale = await caller.ask(change("decideApproval", "... on ApprovalTask { id }"), input=yes)
        assert (stale["code"], stale["field"]) == ("APPROVAL_VERSION_STALE", "objectVersion")
        await caller.ask(change("decideApproval", "... on ApprovalTask { id }"), input=yes | {"objectVersion": 2})

    (done,) = [edge["node"] for edge in (await asking.ask(MINE, state="APPROVED"))["edges"]]
    assert (done["formKey"], done["number"], done["approval"]["state"]) == ("special-price-request", 2, "APPROVED")
    assert [f"{act['kind']} {act['objectVersion']}" for act in done["approval"]["acts"]] == [
        *("SUBMIT 1", "RETURN 1", "RESUBMIT 2", "APPROVE 2", "APPROVE 2"),
    ]
    assert [edge["node"]["number"] for edge in done["versions"]["edges"]] == [2, 1]
    assert (await asking.ask(MINE, state="IN_APPROVAL"))["totalCount"] == 0
    # The colleague was asked about the second version alone, and keeps what they decided about.
    (kept,) = [edge["node"] for edge in (await second.ask(MINE, state="APPROVED"))["edges"]]
    assert [edge["node"]["number"] for edge in kept["versions"]["edges"]] == [2]
    outsider = await signed_in(bureau.sales)
    assert (await outsider.ask(MINE, state="APPROVED")) == {"totalCount": 0, "edges": []}
