"""Case study 000 through the API alone: six sellers, one newcomer at half the mean, a talk, three rounds, sealed letters.

Rows C5 to C9, C99.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from plumb_platform.clock import today
from support.journeys import Journey, until, year

SELLERS = tuple(f"S{n}" for n in range(1, 7))
PROPOSED = dict(zip(SELLERS, ("100000", "120000", "110000", "90000", "80000", "50000"), strict=True))
AGREED = {"S1": "100000.00", "S2": "100000.00", "S3": "110000.00", "S4": "90000.00", "S5": "80000.00", "S6": "70000.00"}
"""The newcomer's 50,000 is exactly half of the others' mean of 100,000; 20,000 move to them from the second."""
CSV = [
    "number,name,email,unit_code,unit_name,manager_number",
    "M1,陈经理,m1@{key}.example,HD,华东,",
    *(f"{each},销售{each[1]},{each.lower()}@{{key}}.example,HD,华东,M1" for each in SELLERS),
]
FORM: dict[str, Any] = {
    "title": "目标申报",
    "metrics": ["revenue"],
    "fields": [{"key": "申报值", "type": "MONEY", "label": "申报值", "required": True, "metric": "revenue"}],
}
REVENUE = {"type": "MONEY", "unitOfMeasure": "元", "currency": "CNY", "indicator": "LAGGING"}
STAGE = "Alignment { stage version }"
BOARD = """query ($id: ID!) { levellingBoard(alignmentId: $id) {
  proposalId person value version flag peerMean percent talk } }"""
TALKS = "{ talkTasks { edges { node { id version flag value peerMean person { name } assignee { name } } } } }"
OWN = "{ proposals { edges { node { id version proposed adjusted confirmed goal { target state } } } } }"
LETTERS = "{ letters(first: 20) { edges { node { id number state version verifyCode employeeId } } } }"
SIGNED = "Letter { id state version }"
LETTER = {"letter": {"title": "目标责任书", "numberPattern": "ZRS-{year}-{seq:04}"}}
LEFT_OUT = ["LETTER_SECTION_EMPTY"] * 4
"""Duties, rights, rewards and revision: what the letter says of them is left to the company."""
VERIFY = "query ($code: String!) { verifyLetter(code: $code) { status employee signers { role name } } }"
FIRST_LETTER = {
    **dict.fromkeys(("importPeople", "units", "people", "createCycle", "createAlignment", "levellingBoard"), 1),
    **dict.fromkeys(("talkTasks", "closeTalk", "moveProposalValue", "issueLetters", "letters"), 1),
    **dict.fromkeys(("openNextRound", "signLetter"), 2),
    **dict.fromkeys(("createDefinition", "publishVersion"), 3),
    **dict.fromkeys(("propose", "proposals", "confirmProposal"), 6),
    **dict.fromkeys(("inviteMember", "acceptInvitation"), 7),
}
"""Every call from the empty company to its first signed letter, the refused ones left out (C99)."""


async def test_six_sellers_go_from_an_empty_company_to_letters_that_anybody_can_verify(
    found: Callable[[str], Awaitable[Journey]], tmp_path: Path
) -> None:
    company = await found("在线职业教育有限公司")
    await company.bring([line.format(key=company.key) for line in CSV], managers=("M1",))
    alignment = await opened(company)
    await three_rounds(company, alignment)
    cycle = alignment["cycle"]
    template = await company.admin.publishes(
        "zrs", {"letter": {"title": "目标责任书", "numberPattern": "ZRS-{year}-{seq:04}"}}, found=LEFT_OUT
    )
    shown = "IssuedLetters { issued refused }"
    issued = await company.admin.does("issueLetters", shown, cycleId=cycle, templateVersionId=template)
    assert issued == {"issued": 6, "refused": 0}
    letters = {each["employeeId"]: each for each in await company.admin.lists(LETTERS)}
    await sign(company, letters[company["S1"].id], "S1")
    # C99: three definitions, three rounds and two signatures, no code; so few calls are less than five minutes.
    assert Counter(company.calls) == FIRST_LETTER
    for number in SELLERS[1:]:
        await sign(company, letters[company[number].id], number)
    sealed = await until(lambda: all_sealed(company))
    await look_at(company, sealed[company["S6"].id], tmp_path)


async def opened(company: Journey) -> dict[str, Any]:
    """Publish metric and form, and open an alignment whose first round begins today."""
    admin, first = company.admin, today("Asia/Shanghai")
    await admin.publishes("revenue", {"metric": REVENUE}, called="销售额")
    form = await admin.publishes("proposal", {"form": FORM})
    days = {"startsOn": f"{year() + 1}-01-01", "endsOn": f"{year() + 1}-03-31"}
    cycle = await admin.does("createCycle", "Cycle { id }", code="Q1", name="一季度", **days)
    names = ("proposingOn", "levellingOn", "confirmingOn", "closesOn")
    rounds = {name: (first + timedelta(days=n)).isoformat() for n, name in enumerate(names)}
    asked = {"cycleId": cycle["id"], "formVersionId": form, "name": "一季度目标对齐"}
    made: dict[str, Any] = await admin.does("createAlignment", "Alignment { id stage version }", **asked, **rounds)
    assert made["stage"] == "PROPOSING"
    return made | {"cycle": cycle["id"]}


async def three_rounds(company: Journey, alignment: dict[str, Any]) -> None:
    """Propose from below, talk and level, and let each confirm what is theirs."""
    which = {"alignmentId": alignment["id"]}
    for number, value in PROPOSED.items():
        await company[number].does("propose", "Proposed { proposalIds }", **which, values={"申报值": value})
    stage = await company.admin.does("openNextRound", STAGE, **which, version=alignment["version"])
    assert stage["stage"] == "LEVELLING"
    manager = company["M1"]
    board = {row["person"]: row for row in await manager.asks(BOARD, id=alignment["id"])}
    flagged = [(name, row["percent"], row["peerMean"], row["talk"]) for name, row in board.items() if row["flag"]]
    assert flagged == [("销售6", "50.00", "100000.00", "OPEN")]
    (talk,) = await manager.lists(TALKS)
    assert (talk["flag"], talk["value"], talk["peerMean"]) == ("LOW", "50000.00", "100000.00")
    assert (talk["person"], talk["assignee"]) == ({"name": "销售6"}, {"name": "陈经理"})
    note = {"talkId": talk["id"], "version": talk["version"], "note": "新品线客户池小，先以 7 万起步"}
    assert await manager.does("closeTalk", "TalkTask { state }", **note) == {"state": "CLOSED"}
    source, target = board["销售2"], board["销售6"]
    move = {"sourceId": source["proposalId"], "sourceVersion": source["version"], "amount": "20000.00", "reason": "新人起步"}
    move |= {"targetId": target["proposalId"], "targetVersion": target["version"]}
    await manager.does("moveProposalValue", "Alignment { stage }", **move)
    stage = await company.admin.does("openNextRound", STAGE, **which, version=stage["version"])
    assert stage["stage"] == "CONFIRMING"
    for number, agreed in AGREED.items():
        (own,) = await company[number].lists(OWN)
        adjusted = agreed if number in ("S2", "S6") else None
        assert (own["proposed"], own["adjusted"]) == (f"{PROPOSED[number]}.00", adjusted)
        which = {"proposalId": own["id"], "version": own["version"]}
        confirmed = await company[number].does("confirmProposal", "Proposal { confirmed goal { target state } }", **which)
        assert confirmed == {"confirmed": agreed, "goal": {"target": agreed, "state": "CONFIRMED"}}


async def sign(company: Journey, letter: dict[str, Any], number: str) -> None:
    """Let the seller and then the manager sign."""
    signed = letter
    for who, state in ((number, "PARTLY_SIGNED"), ("M1", "SIGNED")):
        signed = await company[who].does("signLetter", SIGNED, letterId=letter["id"], version=signed["version"])
        assert signed["state"] == state


async def all_sealed(company: Journey) -> dict[str, Any]:
    """Return the letters by their employee once the worker has sealed all six."""
    letters = await company.admin.lists(LETTERS)
    return {each["employeeId"]: each for each in letters} if {each["state"] for each in letters} == {"SEALED"} else {}


async def look_at(company: Journey, letter: dict[str, Any], folder: Path) -> None:
    """Download the newcomer's letter and have it verified by the API, by others' tools and without any server."""
    newcomer = company["S6"]
    answer = await newcomer.client.download(f"/letters/{letter['id']}/file")
    path = folder / "letter.pdf"
    path.write_bytes(answer.raise_for_status().content)
    assert await newcomer.asks(VERIFY, code=letter["verifyCode"]) == {
        "status": "VALID",
        "employee": "销售6",
        "signers": [{"role": "EMPLOYEE", "name": "销售6"}, {"role": "MANAGER", "name": "陈经理"}],
    }
    assert "Signature is Valid" in output("pdfsig", path)
    text = "".join(output("pdftotext", path, "-").split())
    assert "1销售额元70,000.00100.00%" in text
    assert output(sys.executable, "-m", "plumb_verify", path).count("VALID") == 1


def output(*command: str | Path) -> str:
    """Return what a program prints about a file."""
    return subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True).stdout
