"""Somebody whose goal was revised leaves: what was reported since stays, and their letter gets no addendum (C75, C96, N3)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.service import addenda_owed
from support.jobs_made import worked_off
from support.letters_made import sign
from support.revised_office import GOAL, JUNE, Desk

STANDS = """query ($ids: [ID!]!, $at: Date) { goalProgress(goalIds: $ids, at: $at) { actual attainment asOf reported } }"""
LETTERS = "{ letters(first: 9) { edges { node { number state supersededBy { number } employee { number } } } } }"


async def test_what_was_reported_since_the_metric_was_replaced_is_the_successor_s_progress(desk: Desk) -> None:
    """450,000 of 900,000 by the new metric are 50 % before the handover, after it, and once the goal is counted anew."""
    await desk.revised(target="900000.00", metric="客户增购额", unitOfMeasure="元")
    said = {"goalId": desk.goal, "value": "450000.00"}
    told = await desk.does(desk.office.employee, "checkIn", "CheckIn { goal { attainment } }", days=1, **said)
    assert told == {"goal": {"attainment": "50.00"}}
    await desk.left()
    stands = {"actual": "450000.00", "attainment": "50.00", "asOf": "2026-06-03", "reported": "100.00"}
    for at in (None, date(2026, 6, 30).isoformat()):
        asking = replace(desk.ask, at=JUNE + timedelta(days=30))
        assert await asking(desk.hr, STANDS, ids=[desk.goal], at=at) == [stands]
    anew = {"goalId": desk.goal, "version": (await desk.ask(desk.hr, GOAL, id=desk.goal))["version"]}
    revised = await desk.does(desk.hr, "reviseGoal", "Goal { attainment }", days=3, **anew, target="1800000.00", reason="扩区")
    assert revised == {"attainment": "25.00"}


async def test_a_letter_of_who_left_gets_no_addendum_by_the_word_of_their_successor(desk: Desk) -> None:
    """The revised numbers are owed to the owner who signed the old ones; the successor signed nothing."""
    office, system = desk.office, desk.office.company.system
    await office.signed()
    await desk.revised(target="900000.00")
    async with tenant_transaction(system):
        assert len(await addenda_owed()) == 1
    await desk.left()
    async with tenant_transaction(system):
        assert await addenda_owed() == []
        assert await fetch_value("select count(*) from outbox where topic = 'letters.addenda'") > 0
    for said in await worked_off(office.company, "letters.addenda", at=JUNE + timedelta(days=2)):
        assert said == {"letter_ids": []}
    (letter,) = await desk.ask.nodes(desk.hr, LETTERS)
    assert (letter["state"], letter["supersededBy"], letter["employee"]) == ("SUPERSEDED", None, {"number": "E1"})
    assert Decimal((await desk.ask(desk.hr, "query ($id: ID!) { goal(id: $id) { target } }", id=desk.goal))["target"]) == 900000


async def test_a_letter_that_its_owner_alone_signed_is_signed_by_nobody_else_once_the_goals_passed_on(desk: Desk) -> None:
    """The manager signs no numbers that are somebody else's by now; the successor is issued a letter of their own."""
    letter = await desk.office.issued()
    await sign(desk.office.employee, letter.id, 1)
    await desk.left()
    given = {"letterId": encode_id("Letter", letter.id), "version": 2}
    refused = await desk.does(desk.office.manager, "signLetter", "Letter { state }", days=2, **given)
    assert refused == {"code": "LETTER_OUTDATED", "field": "letterId"}
    template = encode_id("DefinitionVersion", desk.office.template)
    asked = {"cycleId": encode_id("Cycle", desk.office.cycle), "templateVersionId": template}
    issued = await desk.does(desk.hr, "issueLetters", "IssuedLetters { issued refused }", days=2, **asked)
    assert issued == {"issued": 1, "refused": 0}
    letters = {each["employee"]["number"]: each["state"] for each in await desk.ask.nodes(desk.hr, LETTERS)}
    assert letters == {"E1": "SUPERSEDED", "E2": "ISSUED"}
