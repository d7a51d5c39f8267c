"""Letters and snapshot of the demo: issued, signed by both sides, sealed by the worker, downloaded, verified, tampered with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plumb_server.demo.client import PROBLEM, Client
from plumb_server.demo.people import Member, Team

SEAL_SECONDS = 240
LETTER_BODY = {
    "letter": {
        "title": "目标责任书",
        "locale": "ZH_CN",
        "duties": [
            "乙方应按月完成本责任书所列目标，如实录入客户推进与回款数据。",
            "发现目标偏离超过百分之十五时，乙方应在四十八小时内提交说明与纠偏措施。",
        ],
        "rights": ["乙方有权就市场变化提出目标修订申请，甲方应在七个工作日内答复。"],
        "rewards": [
            "年度达成率达到百分之一百及以上的，按公司销售激励办法足额兑现绩效奖金。",
            "年度达成率低于百分之七十的，由双方共同制定改进计划。",
        ],
        "revision": ["目标经双方确认后锁定；确需修订的，经双方重新确认后签订补充责任书，原责任书同时失效。"],
        "numberPattern": "YK-ZRS-{year}-{seq:04}",
    }
}


async def confirm_goals(members: list[Member], step: Callable[[], None]) -> int:
    """Let each owner confirm their own goals in their own session; return how many were confirmed."""
    confirmed = 0
    for member in members:
        goals = await member.browser.run(OWN_GOALS, owner=member.id)
        for edge in goals["edges"]:
            goal = edge["node"]
            await member.browser.run(CONFIRM, i={"goalId": goal["id"], "version": goal["version"]})
            confirmed += 1
        step()
    return confirmed


async def sign_letters(team: Team, letters: list[dict[str, Any]], step: Callable[[], None]) -> None:
    """Let the employee and then the manager sign each letter, each in their own session."""
    by_id = {member.id: member for member in team.members.values()}
    for letter in letters:
        employee = by_id[letter["employee"]["id"]]
        signed = await employee.browser.run(SIGN, i={"letterId": letter["id"], "version": letter["version"]})
        await team.manager_of(employee).browser.run(SIGN, i={"letterId": letter["id"], "version": signed["version"]})
        step()


async def wait_for_seals(hr: Client, letters: int, moved: Callable[[int], None]) -> list[dict[str, Any]]:
    """Poll until the workers have sealed all letters; return them."""
    deadline = asyncio.get_running_loop().time() + SEAL_SECONDS
    while True:
        found = await hr.run(LETTERS)
        sealed = [edge["node"] for edge in found["edges"] if edge["node"]["state"] == "SEALED"]
        moved(len(sealed))
        if len(sealed) >= letters:
            return sealed
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{len(sealed)} of {letters} letters were sealed in {SEAL_SECONDS} s; see the worker's log")
        await asyncio.sleep(0.3)


@dataclass
class Checked:
    """What the verify page and the API say of one letter, whole and with one byte changed."""

    path: Path
    tampered_path: Path
    whole: str
    tampered: str
    by_code: str
    page: str


async def check_letter(owner: Client, anybody: Client, letter: dict[str, Any], folder: Path) -> Checked:
    """Download a letter as its owner, then verify it as somebody who is not signed in."""
    answer = await owner.download(f"/letters/{letter['id']}/file")
    answer.raise_for_status()
    path = folder / f"{letter['number']}.pdf"
    await asyncio.to_thread(path.write_bytes, answer.content)
    changed = bytearray(answer.content)
    changed[len(changed) // 2] ^= 1
    tampered_path = folder / f"{letter['number']}-改动一字节.pdf"
    await asyncio.to_thread(tampered_path.write_bytes, bytes(changed))
    page = await anybody.upload("/verify", path.name, answer.content)
    return Checked(
        path=path,
        tampered_path=tampered_path,
        whole=await verdict(anybody, file=answer.content),
        tampered=await verdict(anybody, file=bytes(changed)),
        by_code=(await anybody.run(VERIFY_CODE, code=letter["verifyCode"]))["status"],
        page="VALID" if ">VALID<" in page.text else "?",
    )


async def verdict(anybody: Client, *, file: bytes) -> str:
    """Return what the API says of a file."""
    from base64 import b64encode

    return str((await anybody.run(VERIFY_FILE, file=b64encode(file).decode()))["status"])


LETTER = "id number state version verifyCode employee { id name }"
OWN_GOALS = (
    "query($owner: ID!) { goals(where: {ownerId: {eq: $owner}}, first: 100) { edges { node { id version state target } } } }"
)
CONFIRM = "mutation($i: ConfirmGoalInput!) { confirmGoal(input: $i) { __typename ...on Goal { id state } " + PROBLEM + " } }"
ISSUE = (
    "mutation($i: IssueLettersInput!) { issueLetters(input: $i) { __typename ...on IssuedLetters "
    "{ issued refused items { letterId problem { code message } } } " + PROBLEM + " } }"
)
SIGN = "mutation($i: SignLetterInput!) { signLetter(input: $i) { __typename ...on Letter { id state version } " + PROBLEM + " } }"
LETTERS = "{ letters(first: 100) { edges { node { " + LETTER + " } } } }"
VERIFY_FILE = "query($file: String!) { verifyLetter(file: $file) { status } }"
VERIFY_CODE = "query($code: String!) { verifyLetter(code: $code) { status } }"
TAKE_SNAPSHOT = (
    "mutation { takeSnapshot { __typename ...on Snapshot { id number goalCount contentHash chainHash } " + PROBLEM + " } }"
)
VERIFY_SNAPSHOT = "query($id: ID!) { verifySnapshot(id: $id) { valid } }"
