"""Whom somebody may name is whom they may know: a delegate, a signer, who a task is handed to (C56, A15, A17)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import Database
from plumb_schema.ground.ids import encode_id
from support.approvals_made import DUAL, Bureau, make_bureau, person
from support.asking import Ask
from support.matrices import grant, matrix, published

PROBLEM = "... on Problem { code field }"


def change(name: str, shown: str) -> str:
    typed = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ __typename ... on {shown} {{ id }} {PROBLEM} }} }}"


DELEGATE = change("delegateApprovals", "ApprovalDelegation")
LEND = change("delegateRole", "RoleAssignment")
SIGNER = change("addSigner", "ApprovalTask")
TRANSFER = change("transferTask", "ApprovalTask")
ACTS = [grant("approval:act", "OWN"), grant("approval:read", "OWN"), grant("role:delegate", "OWN"), grant("role:read", "OWN")]
NOBODY = {"__typename": "NotFoundProblem", "code": "NOT_FOUND", "field": "personId"}
KNOWING: dict[str, list[dict[str, Any]]] = {
    "those of one's unit": [grant("person:pick", "UNIT"), grant("person:read", "OWN")],
    "those whom one reads": [grant("person:read", "UNIT")],
}


@pytest.fixture
async def bureau(database: Database) -> Bureau:
    bureau = await make_bureau()
    await bureau.flow(DUAL)
    return bureau


async def named(ask: Ask, bureau: Bureau, task: UUID, who: UUID) -> list[Any]:
    """Return what the manager is answered who names somebody in each way."""
    manager, day = bureau.manager, today("Asia/Shanghai")
    known, of = encode_id("Person", who), {"taskId": encode_id("ApprovalTask", task)}
    days = {"startsOn": f"{day}", "endsOn": f"{day + timedelta(days=1)}"}
    return [
        await ask(manager, LEND, input={"role": "manager", "personId": known} | days),
        await ask(manager, DELEGATE, input={"personId": known} | days),
        await ask(manager, SIGNER, input=of | {"personId": known, "comment": "请会签"}),
        await ask(manager, TRANSFER, input=of | {"personId": known, "comment": "请处理"}),
    ]


@pytest.mark.parametrize("knowing", list(KNOWING))
async def test_nobody_is_named_whom_one_may_not_know(bureau: Bureau, ask: Ask, knowing: str) -> None:
    approval = await bureau.start()
    task = await bureau.task(approval, bureau.manager)
    await published(bureau.company.admin, matrix(manager=[*ACTS, *KNOWING[knowing]], employee=[]))
    far: Actor = bureau.analyst
    for who in (person(far), uuid4()):
        assert await named(ask, bureau, task, who) == [NOBODY] * 4
    assert await bureau.rows("select 1 from role_assignment") == await bureau.rows("select 1 from approval_delegation") == []
    near = await named(ask, bureau, task, person(bureau.colleague))
    # Who was asked for a word already is not handed the task as well.
    assert [each["__typename"] for each in near] == [
        "RoleAssignment",
        "ApprovalDelegation",
        "ApprovalTask",
        "InvalidInputProblem",
    ]
    assert near[3]["code"] == "APPROVAL_SIGNER_INVALID"
