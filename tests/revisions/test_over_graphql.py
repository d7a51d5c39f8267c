"""The revision of case study 003 through the API alone, by those who have a part in it (C70, C71, C74)."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.revisions_made import Reset

PROBLEM = "... on Problem { code field }"
OPEN = f"""mutation ($input: OpenRevisionInput!) {{ openRevision(input: $input) {{
  ... on Revision {{ id version state oldTarget target metric }} {PROBLEM} }} }}"""
SUBMIT = f"""mutation ($input: SubmitRevisionInput!) {{ submitRevision(input: $input) {{
  ... on Revision {{ id state approval {{ state stepName dueAt tasks {{ assignee {{ name }} state }} }} }} {PROBLEM} }} }}"""
TASKS = """{ approvalTasks(where: {state: {eq: OPEN}}) { edges { node { id approval { zh objectId objectVersion } } } } }"""
DECIDE = f"""mutation ($input: DecideApprovalInput!) {{ decideApproval(input: $input) {{
  ... on ApprovalTask {{ state approval {{ state acts {{ kind person comment }} }} }} {PROBLEM} }} }}"""
MARKS = "{ changeMarks(where: {readAt: {isNull: true}}) { edges { node { changed goalId goal { title target metric } } } } }"
READ = f"""mutation ($input: MarkChangesReadInput!) {{ markChangesRead(input: $input) {{
  ... on ReadChanges {{ count }} {PROBLEM} }} }}"""
FORM = {
    "cause": "近30天有12家客户主动咨询扩容",
    "target": "800000.00",
    "resources": "专属客户成功经理 2 名",
    "metric": "客户增购额",
    "unitOfMeasure": "元",
    "weight": "60.00",
}


async def test_a_revision_is_asked_for_approved_by_both_lines_and_read_by_those_whom_it_touches(reset: Reset, ask: Ask) -> None:
    bureau = reset.bureau

    async def changed(actor: Actor, document: str, **values: Any) -> Any:
        return await ask(actor, document, input=values)

    opened = await changed(bureau.manager, OPEN, goalId=encode_id("Goal", reset.goal))
    assert (opened["state"], opened["oldTarget"], opened["target"], opened["metric"]) == ("DRAFT", "40.00", "40.00", "新增客户数")
    form = FORM | {"revisionId": opened["id"], "version": opened["version"]}
    assert await changed(bureau.manager, SUBMIT, **form | {"cause": " "}) == {"code": "REVISION_ITEM_MISSING", "field": "cause"}
    assert await changed(bureau.manager, SUBMIT, **form) == {"code": "REVISION_WEIGHTS_NOT_100", "field": "weight"}
    weights = [{"goalId": encode_id("Goal", reset.other), "weight": "40.00"}]
    sent = await changed(bureau.manager, SUBMIT, **form, weights=weights)
    assert sent["approval"]["dueAt"] == "2026-06-10T15:59:59Z"
    assert {task["assignee"]["name"] for task in sent["approval"]["tasks"]} == {"周总监", "赵战略"}
    for approver, state in ((bureau.director, "RUNNING"), (bureau.strategist, "APPROVED")):
        ((edge,),) = (await ask(approver, TASKS)).values()
        node = edge["node"]
        assert node["approval"]["objectId"] == opened["id"]
        decided = {"taskId": node["id"], "decision": "APPROVE", "comment": "同意"}
        assert (await changed(approver, DECIDE, **decided, objectVersion=2))["code"] == "APPROVAL_VERSION_STALE"
        done = await changed(approver, DECIDE, **decided, objectVersion=1)
        assert (done["state"], done["approval"]["state"]) == ("APPROVED", state)
        assert (await changed(approver, DECIDE, **decided, objectVersion=1))["code"] in ("APPROVAL_TASK_CLOSED", "APPROVAL_OVER")
    (row,) = await bureau.rows("select id from revision")
    await reset.propagate(row["id"])
    await reset.publish(row["id"])
    edges = (await ask(bureau.sales, MARKS))["edges"]
    below, edge = sorted(edges, key=lambda each: len(each["node"]["changed"]))
    assert below["node"]["goal"] == {"title": "拓新一组", "target": "480000.00", "metric": "客户增购额"}
    assert below["node"]["changed"] == ["target", "metric", "unitOfMeasure"]
    assert edge["node"]["changed"] == ["target", "weight", "metric", "unitOfMeasure"]
    assert edge["node"]["goal"] == {"title": "拓新", "target": "800000.00", "metric": "客户增购额"}
    assert await changed(bureau.sales, READ, goalIds=[each["node"]["goalId"] for each in edges]) == {"count": 2}
    assert await ask(bureau.sales, MARKS) == {"edges": []}
