"""Goals that a lock covers are neither written anew, nor proposed, nor withdrawn, until it is lifted (A13)."""

from typing import Any

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.team import Team

GOAL = "Goal { id version state title }"


def change(name: str, shown: str) -> str:
    """Return the document of a mutation."""
    typed = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {typed}!) {{ it: {name}(input: $input) {{ ... on {shown} ... on Problem {{ code field }} }} }}"


async def test_a_locked_goal_is_not_edited_proposed_or_withdrawn_and_is_again_when_the_lock_is_gone(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    place = {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    numbers = {"metric": "签约额", "target": "100.00", "unitOfMeasure": "元"}
    drafted: dict[str, Any] = {"kind": "OBJECTIVE", "title": "新目标", **place, **numbers}
    goal = (await ask(hr, change("createGoal", GOAL), input=drafted))["id"]
    lock = {"cycleId": place["cycleId"], "covers": "GOALS", "reason": "季度考核结算"}
    held = await ask(hr, change("lockGoals", "GoalLock { id version }"), input=lock)
    first: dict[str, Any] = {"goalId": goal, "version": 1}
    acts = (
        ("editGoal", drafted | first | {"title": "改名"}),
        ("proposeGoal", first),
        ("withdrawGoal", first | {"reason": "重复"}),
    )
    for name, given in acts:
        assert (await ask(hr, change(name, GOAL), input=given))["code"] == "GOALS_LOCKED", name
        passed = given | {"bypass": "补录"}
        assert (await ask(team.manager, change(name, GOAL), input=passed))["code"] == "FORBIDDEN", name
    seen = "query ($id: ID!) { it: goal(id: $id) { version state title } }"
    assert await ask(hr, seen, id=goal) == {"version": 1, "state": "DRAFT", "title": "新目标"}
    lifted = {"lockId": held["id"], "version": held["version"]}
    assert "id" in await ask(hr, change("liftLock", "GoalLock { id }"), input=lifted)
    for version, ((name, given), state) in enumerate(zip(acts, ("DRAFT", "PROPOSED", "WITHDRAWN"), strict=True), 1):
        done = await ask(hr, change(name, GOAL), input=given | {"version": version})
        assert done == {"id": goal, "version": version + 1, "state": state, "title": "改名"}, name
