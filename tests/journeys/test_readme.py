"""What the README tells a newcomer to type, typed as it stands there."""

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import httpx2

from plumb_server.processes import House
from plumb_server.resources import child_environment

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


async def test_a_newcomer_founds_a_company_signs_in_and_asks_a_first_question(house: House) -> None:
    line = next(line for line in README.splitlines() if ".venv/bin/plumb company create" in line)
    setting, _, *words = shlex.split(line)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "plumb_server.cli", *words),
        env=dict(os.environ) | child_environment(house.settings) | dict([setting.split("=")]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert (process.returncode, "公司已创建" in said.decode()) == (0, True), said.decode()
    login, question = re.findall(r"```graphql\n(.+?)\n```", README, re.DOTALL)
    async with httpx2.AsyncClient(base_url=house.settings.public_url) as browser:
        signed_in = (await browser.post("/graphql", json={"query": login})).json()["data"]["login"]
        browser.headers["x-plumb-csrf"] = signed_in["csrfToken"]
        answer = (await browser.post("/graphql", json={"query": question})).json()
    assert answer["data"]["company"] == {"name": "益康医疗", "timeZone": "Asia/Shanghai"}
    assert answer["data"]["viewer"]["roles"] == ["company_admin"]
    assert answer["data"]["goals"] == {"edges": []}
