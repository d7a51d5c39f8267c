"""Pictures in letter templates, over HTTP: scanned when a draft is saved and before anybody else is given it (C92)."""

from collections.abc import Iterator
from typing import Any

import pytest

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.people.models import OrgUnit
from support.clamd import EICAR, Clamd
from support.letters_made import BODY
from support.pictures_made import data_url, png
from support.serving import Caller

CREATE = """mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) {
  __typename ... on DefinitionVersion { id version } ... on Problem { code field message } } }"""
INFECTED = data_url(png() + EICAR)
STEPS: dict[str, dict[str, Any]] = {
    "updateDraft": {"body": {"letter": BODY | {"logo": INFECTED}}},
    "submitForReview": {},
    "startPilot": {"startsOn": "2999-02-01"},
    "publishVersion": {},
}


def step(name: str) -> str:
    return f"""mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{
      __typename ... on DefinitionVersion {{ state version }} ... on Problem {{ code field message }} }} }}"""


@pytest.fixture
def away(clamd: Clamd) -> Iterator[Clamd]:
    """Yield a scanner that says what nobody understands, for one test."""
    clamd.odd = b"stream: O"
    yield clamd
    clamd.odd = None


@pytest.mark.parametrize("picture", ["logo", "sealImage"])
async def test_a_template_with_an_infected_picture_is_not_saved(company: Any, admin: Caller, picture: str) -> None:
    body = {"letter": BODY | {picture: INFECTED}}
    told = await admin.ask(CREATE, input={"key": "plain", "name": "责任书", "body": body})
    assert (told["__typename"], told["code"], told["field"]) == ("RefusedProblem", "FILE_INFECTED", picture)
    assert "nothing was changed" in told["message"]
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from definition where kind = 'letter'") == 0


async def test_a_picture_that_was_saved_before_there_was_a_scanner_goes_no_step_further(company: Any, admin: Caller) -> None:
    async with tenant_transaction(company.system):
        draft = await create_definition(
            company.system, kind="letter", key="old", name="旧模板", body=BODY | {"seal_image": INFECTED}
        )
        unit = await OrgUnit.create(code="HQ", name="总部")
    steps = STEPS | {"startPilot": STEPS["startPilot"] | {"unitIds": [encode_id("OrgUnit", unit.id)]}}
    draft_id = encode_id("DefinitionVersion", draft.id)
    for name, more in steps.items():
        told = await admin.ask(step(name), input={"id": draft_id, "version": 1} | more)
        assert (name, told["__typename"], told.get("code")) == (name, "RefusedProblem", "FILE_INFECTED")
    async with tenant_transaction(company.system):
        assert await fetch_value("select state || version from definition_version where id = $1", draft.id) == "DRAFT1"


async def test_a_picture_that_cannot_be_read_is_scanned_as_the_text_that_it_is(company: Any, admin: Caller) -> None:
    body = {"letter": BODY | {"logo": EICAR.decode()}}
    told = await admin.ask(CREATE, input={"key": "plain", "name": "责任书", "body": body})
    assert (told["code"], told["field"]) == ("FILE_INFECTED", "logo")


async def test_without_a_verdict_a_picture_is_not_saved_but_a_template_without_one_is(
    company: Any, admin: Caller, away: Clamd
) -> None:
    given = {"key": "plain", "name": "责任书", "body": {"letter": BODY | {"logo": data_url(png())}}}
    told = (await admin.post(CREATE, input=given)).json()["data"]["createDefinition"]
    assert told["code"] == "SCANNER_UNAVAILABLE"
    made = await admin.ask(CREATE, input=given | {"body": {"letter": BODY}})
    assert made["__typename"] == "DefinitionVersion"


async def test_a_clean_picture_is_saved_and_published(company: Any, admin: Caller) -> None:
    body = {"letter": BODY | {"logo": data_url(png())}}
    made = await admin.ask(CREATE, input={"key": "plain", "name": "责任书", "body": body})
    told = await admin.ask(step("publishVersion"), input={"id": made["id"], "version": made["version"]})
    assert (told["__typename"], told.get("state")) == ("DefinitionVersion", "PUBLISHED")
