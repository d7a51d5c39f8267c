"""The main job of case 004, over HTTP against running API, relay and worker processes, with its exact numbers.

Rows C9, C83, C84, C91, C98, A27, N1, N3, N6.
"""

import subprocess
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.documents.attachments import extract_attachment
from plumb_platform.settings import Settings
from plumb_server.demo.run import Facts, play
from plumb_server.processes import House

_SEALING = """select done_at is not null as done from outbox
  where topic = 'letters.seal' and payload ->> 'letter_id' = any($1::text[])"""
PROVINCES = ("广东省区", "广西省区", "福建省区", "湖南省区", "海南省区")


@pytest.fixture(scope="module")
async def played(house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Facts]:
    """Play the whole job once, in a company of its own."""
    return house.settings, await play(house.settings, tmp_path_factory.mktemp("job"))


async def test_the_import_is_tried_written_and_repeated_without_effect(played: tuple[Settings, Facts]) -> None:
    dry, real, again = played[1].reports
    assert [(r["written"], r["created"], r["unchanged"], r["errorCount"]) for r in (dry, real, again)] == [
        (False, 44, 0, 0),
        (True, 44, 0, 0),
        (True, 0, 44, 0),
    ]


async def test_thirty_million_split_by_fifty_thirty_twenty(played: tuple[Settings, Facts]) -> None:
    split = played[1].split
    assert split is not None
    expected = ("9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00")
    assert split.suggested == {name: Decimal(value) for name, value in zip(PROVINCES, expected, strict=True)}
    assert split.equal == dict.fromkeys(PROVINCES, Decimal("6000000.00"))
    assert split.values == split.suggested | {"广东省区": Decimal("11385000.00")}
    assert split.refused == ["WEIGHTS_NOT_100", "TUNE_OUTSIDE_BAND", "TUNE_REASON_MISSING", "CONFLICT"]


async def test_every_province_reaches_its_people_to_the_cent(played: tuple[Settings, Facts]) -> None:
    facts = played[1]
    assert facts.split is not None
    assert {name: sum(people.values()) for name, people in facts.provinces.items()} == facts.split.values
    assert [len(facts.provinces[name]) for name in PROVINCES] == [10, 6, 6, 5, 3]
    assert facts.reconciled["holds"]
    assert [Decimal(plan["residual"]) for plan in facts.reconciled["plans"]] == [Decimal("0.00")] * 6
    assert Decimal(facts.reconciled["plans"][0]["gap"]) == Decimal("-1485000.00")


async def test_guangdongs_number_is_explained_by_factors_that_add_up(played: tuple[Settings, Facts]) -> None:
    explained = played[1].explained
    parts = [Decimal(factor["contribution"]) for factor in explained["factors"]]
    assert parts == [Decimal("6000000.00"), Decimal("2700000.00"), Decimal("1200000.00")]
    assert sum(parts) == Decimal(explained["suggested"])
    assert (explained["value"], explained["replayed"], explained["holds"]) == ("11385000.00", "11385000.00", True)


async def test_thirty_letters_are_signed_by_both_and_sealed_once(played: tuple[Settings, Facts]) -> None:
    own, facts = played
    assert (facts.confirmed, len(facts.letters), len({letter["number"] for letter in facts.letters})) == (30, 30, 30)
    ids = [letter["id"].partition("_")[2] for letter in facts.letters]
    connection = await asyncpg.connect(**url_credentials(own.database_url))
    try:
        sealed = await connection.fetch("select state, file_sha256 from letter where id = any($1::uuid[])", ids)
        signatures = await connection.fetchval("select count(*) from letter_signature where letter_id = any($1::uuid[])", ids)
        jobs = await connection.fetch(_SEALING, ids)
    finally:
        await connection.close()
    assert [row["state"] for row in sealed] == ["SEALED"] * 30
    assert (len({row["file_sha256"] for row in sealed}), signatures) == (30, 60)
    assert [row["done"] for row in jobs] == [True] * 30


async def test_the_letter_is_sound_and_one_byte_is_noticed(played: tuple[Settings, Facts]) -> None:
    checked = played[1].checked
    assert checked is not None
    assert (checked.whole, checked.by_code, checked.page, checked.tampered) == ("VALID", "VALID", "VALID", "MODIFIED")
    assert "Signature is Valid" in output("pdfsig", checked.path)
    assert "Total document signed" in output("pdfsig", checked.path)
    assert "No syntax or stream encoding errors found" in output("qpdf", "--check", checked.path)
    assert "𠮷田浩" in output("pdftotext", checked.path, "-")
    goals = extract_attachment(checked.path.read_bytes()).content
    assert b'"target":"681153.85"' in goals


async def test_the_snapshot_holds_all_goals_and_verifies(played: tuple[Settings, Facts]) -> None:
    assert (played[1].snapshot["number"], played[1].snapshot["goalCount"], played[1].snapshot_valid) == (1, 35, True)


async def test_another_company_sees_nothing_of_it(played: tuple[Settings, Facts]) -> None:
    assert set(played[1].seen_by_others.values()) == {0}
    assert played[1].foreign_letter is None


def output(*command: str | Path) -> str:
    """Return what a program prints about a file."""
    return subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True).stdout
