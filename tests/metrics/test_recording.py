"""Observations: each revision of a record once, in whatever order; late, corrected, taken back, and refused (C52)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_tenants.metrics.service import NewObservation, Recorded, SubjectKind, value_between
from support.metrics_made import observed, publish_library, say
from support.team import Team, make_team

MARCH = date(2026, 3, 2)
STATE = """select (select count(*) from observation_revision) || ',' || (select count(*) from observation) || ','
  || (select count(*) from metric_feed) || ',' || (select count(*) from audit_entry)"""


async def refused(team: Team, *given: NewObservation, actor: Actor | None = None, **options: Any) -> DomainError:
    """Return why a batch is refused; nothing of it may have been kept."""
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(STATE)
    with pytest.raises(DomainError) as caught:
        await say(actor or team.company.hr, *given, **options)
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(STATE) == before
    return caught.value


async def revenue(team: Team) -> Decimal | None:
    """Return the owner's revenue of March."""
    hr, person = team.company.hr, team.owner.person_id
    assert person is not None
    async with tenant_transaction(hr):
        found = await value_between(
            hr, metric_key="revenue", subject_id=person, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31)
        )
    return found.value if found else None


@pytest.fixture(scope="module")
async def settled(database: Database) -> Team:
    """Return one company for all refusals: none of them changes it."""
    team = await make_team()
    await publish_library(team.company.hr, "revenue", "visit", "follow_up", "effective_visit")
    return team


def paid(external_id: str, value: str, **more: Any) -> NewObservation:
    return observed(external_id, "revenue", "E1", more.pop("day", MARCH), value, **more)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"metric": "nowhere"}, "METRIC_UNKNOWN", "metric"),
        ({"metric": "effective_visit"}, "METRIC_COMPUTED", "metric"),
        ({"subject_code": "E9"}, "NOT_FOUND", "subject"),
        ({"subject_kind": SubjectKind.UNIT}, "NOT_FOUND", "subject"),
        ({"value": None}, "OBSERVATION_VALUE_MISSING", "value"),
        ({"value": Decimal("NaN")}, "OBSERVATION_VALUE_INVALID", "value"),
        ({"value": Decimal("1E+18")}, "OBSERVATION_VALUE_INVALID", "value"),
        ({"value": Decimal("0.0000001")}, "OBSERVATION_VALUE_INVALID", "value"),
        ({"day": date(2999, 1, 1)}, "OBSERVATION_DAY_INVALID", "day"),
        ({"day": date(1989, 12, 31)}, "OBSERVATION_DAY_INVALID", "day"),
        ({"happened_at": datetime(2999, 1, 1, tzinfo=UTC)}, "OBSERVATION_DAY_INVALID", "day"),
        ({"revision": 0}, "OBSERVATION_REVISION_INVALID", "revision"),
        ({"revision": 2**31}, "OBSERVATION_REVISION_INVALID", "revision"),
        ({"external_id": " "}, "OBSERVATION_TEXT_INVALID", "externalId"),
        ({"external_id": "x" * 121}, "OBSERVATION_TEXT_INVALID", "externalId"),
        ({"object_code": "a\x00b"}, "OBSERVATION_TEXT_INVALID", "objectCode"),
    ],
)
async def test_a_wrong_observation_is_refused_with_its_place_and_the_batch_with_it(
    changes: dict[str, Any], code: str, field: str, settled: Team
) -> None:
    facts: dict[str, Any] = {"external_id": "C-2", "metric": "revenue", "subject_kind": SubjectKind.PERSON, "subject_code": "E1"}
    wrong = NewObservation(**facts | {"day": MARCH, "value": Decimal(1)} | changes)
    error = await refused(settled, paid("C-1", "100.00"), wrong)
    assert (error.code, error.field) == (code, f"observations[1].{field}")


async def test_a_batch_without_anything_a_bad_source_and_a_time_to_come_are_refused(settled: Team) -> None:
    team = settled
    assert (await refused(team)).code == "OBSERVATIONS_TOO_MANY"
    assert ((error := await refused(team, paid("C-1", "1"), source="")).code, error.field) == (
        "OBSERVATION_TEXT_INVALID",
        "source",
    )
    later = now() + timedelta(hours=1)
    assert ((error := await refused(team, paid("C-1", "1"), as_of=later)).code, error.field) == ("AS_OF_IN_FUTURE", "asOf")
    assert ((error := await refused(team, covered=["nowhere"])).code, error.field) == ("METRIC_UNKNOWN", "covered[0]")


async def test_who_may_not_write_records_nothing_and_who_may_reaches_as_far_as_their_grant(settled: Team) -> None:
    team = settled
    assert isinstance(await refused(team, paid("C-1", "1"), actor=team.owner), Forbidden)
    elsewhere = await make_team()
    await publish_library(elsewhere.company.hr, "revenue")
    assert isinstance(await refused(elsewhere, observed("C-1", "revenue", "E8", MARCH, "1")), NotFound)


async def test_a_revision_that_says_something_else_than_it_did_is_refused(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    await say(team.company.hr, paid("C-1", "100.00"))
    error = await refused(team, paid("C-1", "120.00"))
    assert (error.code, error.field) == ("OBSERVATION_DIFFERS", "observations[0].revision")
    error = await refused(team, paid("C-2", "1.00"), paid("C-2", "2.00"))
    assert (error.code, error.field) == ("OBSERVATION_DIFFERS", "observations[1].revision")
    assert await revenue(team) == Decimal("100.00")


async def test_the_same_event_delivered_twice_counts_once(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    assert await say(team.company.hr, paid("C-1", "100.00"), paid("C-1", "100.00")) == Recorded(1, 1, 1)
    assert await say(team.company.hr, paid("C-1", "100.00"), paid("C-2", "50.00")) == Recorded(1, 1, 1)
    assert await revenue(team) == Decimal("150.00")
    assert await say(team.company.hr, paid("C-1", "100.00"), source="erp") == Recorded(1, 1, 0)
    assert await revenue(team) == Decimal("250.00")


async def test_two_deliveries_at_once_record_each_event_once(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    batch = [paid(f"C-{number}", "10.00") for number in range(5)]
    done = await asyncio.gather(*(say(team.company.hr, *batch) for _ in range(3)))
    assert sorted((each.recorded, each.unchanged) for each in done) == [(0, 5), (0, 5), (5, 0)]
    assert await revenue(team) == Decimal("50.00")


async def test_events_out_of_order_give_the_same_result(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr, "revenue")
    said = [("100.00", 1, False), ("80.00", 2, False), ("80.00", 3, True), ("95.00", 4, False)]
    for place, order in enumerate(permutations(said)):
        for value, revision, deleted in order:
            await say(hr, paid(f"C-{place}", value, revision=revision, deleted=deleted))
    together = [paid("C-x", value, revision=revision, deleted=deleted) for value, revision, deleted in reversed(said)]
    assert await say(hr, *together) == Recorded(4, 1, 0)
    assert await revenue(team) == 25 * Decimal("95.00")


async def test_a_deletion_that_comes_before_its_record_holds(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    await say(team.company.hr, paid("C-1", "100.00", revision=2, deleted=True))
    assert await say(team.company.hr, paid("C-1", "100.00", revision=1)) == Recorded(1, 0, 0)
    assert await say(team.company.hr, paid("C-0", "1.00", day=date(1990, 1, 1))) == Recorded(1, 1, 0), "the first day there is"
    assert await revenue(team) is None


async def test_a_late_row_counts_in_its_own_month_and_every_revision_is_kept_for_ever(team: Team) -> None:
    hr = team.company.hr
    versions = await publish_library(hr, "revenue")
    await say(hr, paid("C-1", "100.00", day=date(2026, 4, 1)))
    await say(hr, paid("C-1", "70.00", revision=2**31 - 1))
    assert await revenue(team) == Decimal("70.00")
    async with tenant_transaction(hr):
        rows = await fetch("select revision, day, value, definition_version_id from observation_revision order by revision")
        entry = await fetch_value("select after ->> 'observations' from audit_entry where action = 'observation.record' limit 1")
    assert [tuple(row.values()) for row in rows] == [
        (1, date(2026, 4, 1), Decimal("100.000000"), versions["revenue"]),
        (2**31 - 1, date(2026, 3, 2), Decimal("70.000000"), versions["revenue"]),
    ]
    assert entry == "1"
