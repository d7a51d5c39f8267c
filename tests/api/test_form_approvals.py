"""A request on a form over HTTP, from the pack that brings it along to its approval (C40, A15, A16)."""

from collections.abc import Awaitable, Callable
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from support.approvals_made import make_bureau
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
MESSAGES = "{ messages { edges { node { zh objectId } } } }"


def change(name: str, shown: str) -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {P} {shown} }} }}"


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
