"""Case study 003 through the API alone: metric replaced, weights changed, both lines approve, everybody told once, addendum.

Rows C70, C71, C74, C75, N3.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from support.journeys import Journey, until, year

CSV = [
    "number,name,email,unit_code,unit_name,parent_unit_code,manager_number",
    "C1,总经理,c1@{key}.example,TOP,总部,,",
    "D1,周总监,d1@{key}.example,TOP,总部,,C1",
    "M1,陈经理,m1@{key}.example,SO,华南,TOP,D1",
    "S1,李销售,s1@{key}.example,SO,华南,TOP,M1",
    "S2,王销售,s2@{key}.example,SO,华南,TOP,M1",
    "T1,赵战略,t1@{key}.example,STR,战略部,TOP,C1",
]
DUAL: dict[str, Any] = {
    "fields": [{"name": "新目标值"}],
    "steps": [
        {
            "key": "dual",
            "name": "双线审批",
            "lines": [
                {"approvers": [{"by": "MANAGER"}], "vacancy": "PASS"},
                {"approvers": [{"by": "UNIT_HEAD", "unit": "STR"}], "vacancy": "PASS"},
            ],
        }
    ],
    "term": {"amount": 7},
}
GOALS = {
    "公司增长卡": ("C1", None, "100", "100.00"),
    "拓新": ("M1", "公司增长卡", "40", "70.00"),
    "续约": ("M1", None, "90", "30.00"),
    "拓新一组": ("S1", "拓新", "24", "100.00"),
    "拓新二组": ("S2", "拓新", "16", "100.00"),
}
"""Title, owner, goal above, target and weight of each goal before the revision."""
FORM = {
    "cause": "近30天有12家客户主动咨询扩容",
    "target": "800000.00",
    "resources": "专属客户成功经理 2 名",
    "metric": "客户增购额",
    "unitOfMeasure": "元",
    "weight": "60.00",
    "tiltBefore": "线索分配优先",
    "tiltAfter": "专属客户成功经理配置",
}
STANDING = "query ($id: ID!) { goal(id: $id) { version state target weight metric actual attainment } }"
LETTERS = """{ letters(first: 10, orderBy: [{field: ISSUED_AT}]) { edges { node {
  id number state version verifyCode supersededBy { number } predecessor { number } } } } }"""
SUBMITTED = "Revision { state approval { tasks { assignee { name } } } }"
TASKS = """{ approvalTasks(where: {state: {eq: OPEN}}) { edges { node { id approval { objectId objectVersion } } } } }"""
REVISION = """query ($id: ID!) { revision(id: $id) { state publishedAt oldMetric oldTarget oldWeight metric target weight
  actualBefore attainmentBefore tiltBefore tiltAfter openBelow
  impact { edges { node { direction targetBefore targetAfter weightBefore weightAfter goal { title } } } } } }"""
MARKS = "{ changeMarks(where: {readAt: {isNull: true}}) { edges { node { changed goal { title target } } } } }"
LETTER = {"letter": {"title": "目标责任书", "numberPattern": "ZRS-{seq:04}"}}
LEFT_OUT = ["LETTER_SECTION_EMPTY"] * 4
"""Duties, rights, rewards and revision: what the letter says of them is left to the company."""
VERIFY = "query ($code: String!) { verifyLetter(code: $code) { status supersededBy } }"
IMPACT = {
    "公司增长卡": ("UP", "100.00", "100.00", "100.00", "100.00"),
    "拓新": ("SELF", "40.00", "800000.00", "70.00", "60.00"),
    "续约": ("BESIDE", "90.00", "90.00", "30.00", "40.00"),
    "拓新一组": ("DOWN", "24.00", "480000.00", "100.00", "100.00"),
    "拓新二组": ("DOWN", "16.00", "320000.00", "100.00", "100.00"),
}
TOLD = "目标“拓新”已修订"


async def test_a_revision_replaces_metric_and_weights_tells_everybody_once_and_its_letter_gets_an_addendum(
    found: Callable[[str], Awaitable[Journey]],
) -> None:
    company = await found("敏捷软件有限公司")
    managers = ("C1", "D1", "M1", "T1")
    await company.bring([line.format(key=company.key) for line in CSV], managers=managers)
    await company.know_the_years()
    await company.admin.publishes("revision", {"flow": DUAL})
    goals = await set_goals(company)
    old = await signed_letter(company, goals)
    for number, title, value in (("S1", "拓新一组", "12"), ("S2", "拓新二组", "6")):
        await company[number].does("checkIn", "CheckIn { value }", goalId=goals[title], value=value)
    revision = await revised(company, goals)
    await everybody_is_told_once(company, goals, revision)
    await addendum(company, goals, old)


async def set_goals(company: Journey) -> dict[str, str]:
    """Draft and propose the goals by hand, let each owner confirm theirs, and return the ids by title."""
    goals: dict[str, str] = {}
    days = {"startsOn": f"{year()}-01-01", "endsOn": f"{year()}-12-31"}
    cycle = await company.admin.does("createCycle", "Cycle { id }", code="Y", name="年度", **days)
    for title, (owner, above, target, weight) in GOALS.items():
        unit = company.units["TOP" if owner == "C1" else "SO"]
        place = {"cycleId": cycle["id"], "unitId": unit, "ownerId": company[owner].id, "parentId": goals.get(above or "")}
        numbers = {"metric": "续约率" if title == "续约" else "新增客户数", "unitOfMeasure": "家", "target": target}
        words = {"kind": "KPI", "title": title, "weight": weight, "rollUp": "SUM"}
        made = await company.admin.does("createGoal", "Goal { id version }", **words, **place, **numbers)
        goals[title] = made["id"]
        proposed = {"goalId": made["id"], "version": made["version"]}
        stands = await company.admin.does("proposeGoal", "Goal { version }", **proposed)
        await company[owner].does("confirmGoal", "Goal { state }", goalId=made["id"], version=stands["version"])
    return goals


async def signed_letter(company: Journey, goals: dict[str, str]) -> dict[str, Any]:
    """Issue the manager's letter over both goals, let both sign, and return it once it is sealed."""
    template = await company.admin.publishes(
        "zrs", {"letter": {"title": "目标责任书", "numberPattern": "ZRS-{seq:04}"}}, found=LEFT_OUT
    )
    both = [goals["拓新"], goals["续约"]]
    letter = await company.admin.does("issueLetter", "Letter { id version }", templateVersionId=template, goalIds=both)
    for who in ("M1", "D1"):
        letter = await company[who].does("signLetter", "Letter { id version }", letterId=letter["id"], version=letter["version"])
    return dict(await until(lambda: first_in(company, "SEALED")))


async def first_in(company: Journey, state: str) -> Any:
    """Return the first letter once it is in a state."""
    letter = (await company.admin.lists(LETTERS))[0]
    return letter if letter["state"] == state else None


async def revised(company: Journey, goals: dict[str, str]) -> dict[str, Any]:
    """Ask for the revision of 18 October, approve it by both lines, and return it once the worker has published it."""
    manager = company["M1"]
    opened = await manager.does("openRevision", "Revision { id version target }", goalId=goals["拓新"])
    assert opened["target"] == "40.00"
    form = FORM | {"revisionId": opened["id"], "version": opened["version"]}
    assert await manager.refused("submitRevision", SUBMITTED, **form) == ("REVISION_WEIGHTS_NOT_100", "weight")
    weights = [{"goalId": goals["续约"], "weight": "40.00"}]
    sent = await manager.does("submitRevision", SUBMITTED, **form, weights=weights)
    assert {task["assignee"]["name"] for task in sent["approval"]["tasks"]} == {"周总监", "赵战略"}
    for who, state in (("D1", "RUNNING"), ("T1", "APPROVED")):
        (task,) = await company[who].lists(TASKS)
        assert task["approval"]["objectId"] == opened["id"]
        asked = {"taskId": task["id"], "decision": "APPROVE", "objectVersion": task["approval"]["objectVersion"]}
        decided = await company[who].does("decideApproval", "ApprovalTask { approval { state } }", **asked)
        assert decided == {"approval": {"state": state}}
    return dict(await until(lambda: published(company, opened["id"])))


async def published(company: Journey, revision_id: str) -> Any:
    """Return the revision once everybody was told of it."""
    revision = await company["C1"].asks(REVISION, id=revision_id)
    return revision if revision["publishedAt"] else None


async def everybody_is_told_once(company: Journey, goals: dict[str, str], revision: dict[str, Any]) -> None:
    """Check the numbers before and after, the impact graph, the messages and the marks."""
    kept = ("oldMetric", "oldTarget", "oldWeight", "metric", "target", "weight", "actualBefore", "attainmentBefore", "openBelow")
    after = ("客户增购额", "800000.00", "60.00", "18.00", "45.00", 2)
    assert tuple(revision[name] for name in kept) == ("新增客户数", "40.00", "70.00", *after)
    assert (revision["tiltBefore"], revision["tiltAfter"]) == (FORM["tiltBefore"], FORM["tiltAfter"])
    names = ("direction", "targetBefore", "targetAfter", "weightBefore", "weightAfter")
    graph = {node["goal"]["title"]: tuple(node[name] for name in names) for node in nodes(revision["impact"])}
    assert graph == IMPACT
    for number in ("C1", "M1", "S1", "S2"):
        (text,) = await company[number].messages("revision.published")
        assert TOLD in text
    marks = {mark["goal"]["title"]: mark["goal"]["target"] for mark in await company["S1"].lists(MARKS)}
    assert marks == {"拓新": "800000.00", "拓新一组": "480000.00"}
    stands = await company["M1"].asks(STANDING, id=goals["拓新"])
    assert (stands["metric"], stands["weight"], stands["actual"], stands["attainment"]) == ("客户增购额", "60.00", None, None)


def nodes(page: Any) -> list[Any]:
    """Return the nodes of a page."""
    return [edge["node"] for edge in page["edges"]]


async def addendum(company: Journey, goals: dict[str, str], old: dict[str, Any]) -> None:
    """Confirm what was revised: the old letter is superseded, and its addendum is issued without anybody asking."""
    for title in ("拓新", "续约"):
        stands = await company["M1"].asks(STANDING, id=goals[title])
        await company["M1"].does("confirmGoal", "Goal { state }", goalId=goals[title], version=stands["version"])
    assert await first_in(company, "SUPERSEDED")
    letters = await until(lambda: issued_anew(company))
    assert [letter["state"] for letter in letters] == ["SUPERSEDED", "ISSUED"]
    assert letters[0]["supersededBy"] == {"number": letters[1]["number"]}
    assert letters[1]["predecessor"] == {"number": old["number"]}
    answer = await company["M1"].asks(VERIFY, code=old["verifyCode"])
    assert answer["status"] == "SUPERSEDED"


async def issued_anew(company: Journey) -> Any:
    """Return the letters once there are two."""
    letters = await company.admin.lists(LETTERS)
    return letters if len(letters) == 2 else None
