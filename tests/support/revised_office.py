"""An office of letters, asked over the API, whose goal is revised by its owner and their superior and passes to a colleague."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_person
from support.letters_made import Office, make_office

JUNE = datetime(2026, 6, 2, 2, tzinfo=UTC)
P = "... on Problem { code field }"
GOAL = "query ($id: ID!) { goal(id: $id) { version state actual attainment owner { number } } }"


class Desk:
    """An office asked over the API, with a colleague who takes over."""

    def __init__(self, office: Office, ask: Ask, colleague: Actor) -> None:
        self.office, self.ask, self.colleague = office, replace(ask, at=JUNE), colleague
        self.goal, self.hr = encode_id("Goal", office.goal), office.company.hr

    async def does(self, actor: Actor, name: str, shown: str, /, *, days: int = 0, **given: Any) -> Any:
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {P} }} }}"
        return await replace(self.ask, at=JUNE + timedelta(days=days))(actor, document, input=given)

    async def revised(self, **wanted: Any) -> None:
        """Have the goal revised by its owner and their superior, and confirmed anew."""
        employee, manager = self.office.employee, self.office.manager
        opened = await self.does(employee, "openRevision", "Revision { id version }", goalId=self.goal)
        asked = {"revisionId": opened["id"], "version": opened["version"], "cause": "市场变化", "resources": "顾问一名"} | wanted
        assert await self.does(employee, "submitRevision", "Revision { state }", **asked) == {"state": "SUBMITTED"}
        (task,) = await self.ask.nodes(manager, "{ approvalTasks(where: {state: {eq: OPEN}}) { edges { node { id } } } }")
        decided = await self.does(
            manager, "decideApproval", "ApprovalTask { state }", taskId=task["id"], decision="APPROVE", objectVersion=1
        )
        assert decided == {"state": "APPROVED"}
        goal = await self.ask(employee, GOAL, id=self.goal)
        confirmed = await self.does(employee, "confirmGoal", "Goal { state }", goalId=self.goal, version=goal["version"])
        assert confirmed == {"state": "CONFIRMED"}

    async def left(self) -> None:
        """Let the owner leave, and their colleague take over and give their word."""
        people = [each.person_id or each.tenant_id for each in (self.office.employee, self.colleague)]
        who, successor = (encode_id("Person", each) for each in people)
        given = {"personId": who, "version": 1, "reason": "离职", "successorId": successor}
        assert await self.does(self.hr, "deactivatePerson", "Handover { state goals }", days=2, **given) == {
            "state": "DONE",
            "goals": 1,
        }
        goal = await self.ask(self.colleague, GOAL, id=self.goal)
        assert (goal["state"], goal["owner"]) == ("PROPOSED", {"number": "E2"})
        said = {"goalId": self.goal, "version": goal["version"]}
        assert await self.does(self.colleague, "confirmGoal", "Goal { state }", days=2, **said) == {"state": "CONFIRMED"}


async def make_desk(ask: Ask) -> Desk:
    """Make an office of this kind."""
    office = await make_office()
    return Desk(office, ask, await add_person(office.company, "E2", "王芳", unit=office.unit, manager=office.manager))
