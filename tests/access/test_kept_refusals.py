"""Refusals that are kept in rows of other types say of goals what whoever reads them may see as they read (C56)."""

import orjson
import pytest

from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_tenants.access.service import kept_text
from plumb_tenants.goals.readers import GoalNotConfirmed
from plumb_tenants.goals.resources import GOAL
from support.asking import Ask
from support.companies import member
from support.filled_company import FilledCompany, fill_company
from support.matrices import Json, grant, matrix, published

TITLE = "拓新"
WHOLE, LESS = (f"目标“{title}”尚未由责任人确认。" for title in (TITLE, "（无权查看）"))
PLACES = {
    "Propagation": (
        "update propagation set explanation = explanation || $1::jsonb",
        "{ propagations { edges { node { explanation } } } }",
        "explanation",
    ),
    "LetterRunItem": (
        "update letter_run_item set error_code = 'GOAL_NOT_CONFIRMED', error = $1::jsonb",
        "{ letterRunItems { edges { node { problem } } } }",
        "problem",
    ),
    "Job": (
        "update outbox set failed_at = now(), error_code = 'GOAL_NOT_CONFIRMED', error = $1::jsonb",
        "{ jobs { edges { node { errorMessage } } } }",
        "errorMessage",
    ),
    "LetterTrial": (
        'update letter_trial set made_by = $2, findings = jsonb_build_array($1::jsonb || \'{"person": "E1", "code": "X"}\')',
        "{ letterTrials { edges { node { findings { message } } } } }",
        "findings",
    ),
}


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    return await fill_company("留存的拒绝")


def reading(*, without: str = "") -> Json:
    """Return the shipped matrix with a role that reads where refusals are kept, and goals but for a field."""
    goal = grant("goal:read", fields=sorted(GOAL.fields - {without}))
    return matrix(
        reader=[*map(grant, ("job:read", "letter:issue", "revision:read", "person:read")), grant("trial:read", "OWN"), goal]
    )


@pytest.mark.parametrize("place", PLACES)
async def test_a_kept_refusal_names_a_title_while_its_reader_may_see_it(filled: FilledCompany, ask: Ask, place: str) -> None:
    company, (change, document, name) = filled.company, PLACES[place]
    await published(company.admin, reading())
    reader = await member(company.tenant_id, "reader")
    async with tenant_transaction(company.system):
        goal = await fetch_value("select id from goal limit 1")
        kept = orjson.dumps(await kept_text(company.system, GoalNotConfirmed(row=goal, title=TITLE))).decode()
        await execute(change, *([kept, reader.membership_id] if "$2" in change else [kept]))
    for hidden, said in (("", WHOLE), ("Goal.title", LESS), ("Goal.target", WHOLE)):
        await published(company.admin, reading(without=hidden))
        found = await ask.in_language("zh-CN").nodes(reader, document)
        texts = {each[name] if isinstance(each[name], str) else each[name][0]["message"] for each in found}
        assert texts == {said}, (place, hidden)
