"""What a change answers is what a query answers about the same object right after it, whatever is asked of it."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from plumb_platform.database import Database
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.filled_company import FilledCompany, fill_company
from support.naive.comparing import placed
from support.naive.documents import Writer
from support.naive.execution import Oracle


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    return await fill_company("变更回答公司")


class Asker:
    """Asks the product as the company's admin, who is the owner of a goal too."""

    def __init__(self, filled: FilledCompany, ground: Ground, engine: Engine) -> None:
        self.filled, self.ground, self.engine = filled, ground, engine

    async def __call__(self, text: str, variables: Mapping[str, Any] | None = None) -> Any:
        context = Context(ground=self.ground, actor=self.filled.caller, locale="en", request_id="test-request")
        body = (await self.engine.answer(Operation(text, dict(variables or {})), context)).body
        assert "errors" not in body, body
        return body


def selection(oracle: Oracle, source: Random, type_name: str) -> str:
    """Return a random selection set without variables or named fragments."""
    while True:
        writer = Writer(oracle.schema, source, {"OrgUnitFilter.id": ["x"]}, ["x"], lambda *_: "", faults=0)
        writer.variables.share = 0
        made = writer.selection(oracle.schema.type_map[type_name], 3, alone=False)
        if not writer.fragments and "where" not in made and "after" not in made and "orderBy" not in made:
            return made


async def test_a_revised_goal_answers_as_a_query_does(
    filled: FilledCompany, ground: Ground, engine: Engine, oracle: Oracle
) -> None:
    ask, source = Asker(filled, ground, engine), Random(8)
    goal = encode_id("Goal", filled.ids["Goal.unbound"])
    for number in range(30):
        version = (await ask(f'{{ goal(id: "{goal}") {{ version }} }}'))["data"]["goal"]["version"]
        wanted = selection(oracle, source, "Goal")
        text = f"mutation ($input: ReviseGoalInput!) {{ changed: reviseGoal(input: $input) {{ ... on Goal {wanted} }} }}"
        given = {"goalId": goal, "version": version, "target": f"{number + 1}.00", "reason": "调整"}
        changed = await ask(text, {"input": given})
        asked = await ask(f'{{ changed: goal(id: "{goal}") {wanted} }}')
        assert placed(changed) == placed(asked), wanted


async def test_a_new_cycle_and_a_new_snapshot_answer_as_a_query_does(
    filled: FilledCompany, ground: Ground, engine: Engine, oracle: Oracle
) -> None:
    ask, source = Asker(filled, ground, engine), Random(9)
    for number in range(5):
        wanted = selection(oracle, source, "Cycle")
        given = {"code": f"C{number}", "name": "周期", "startsOn": f"203{number}-01-01", "endsOn": f"203{number}-12-31"}
        parts = f"... on Cycle {{ itsId: id }} ... on Cycle {wanted}"
        text = f"mutation ($input: CreateCycleInput!) {{ a: createCycle(input: $input) {{ {parts} }} }}"
        made = (await ask(text, {"input": given}))["data"]["a"]
        assert made == (await ask(f'{{ node(id: "{made["itsId"]}") {{ {parts} }} }}'))["data"]["node"]
    for _ in range(3):
        wanted = selection(oracle, source, "Snapshot")
        text = f"mutation {{ a: takeSnapshot {{ ... on Snapshot {{ itsId: id }} ... on Snapshot {wanted} }} }}"
        made = (await ask(text))["data"]["a"]
        assert made == (await ask(f'{{ node(id: "{made["itsId"]}") {{ itsId: id ... on Snapshot {wanted} }} }}'))["data"]["node"]
