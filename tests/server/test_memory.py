import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from argon2 import PasswordHasher

from plumb_platform.database import tenant_transaction
from plumb_platform.identity import credentials
from plumb_platform.identity.tokens import create_token
from plumb_platform.settings import Settings
from plumb_server.demo.run import free_port, ready
from plumb_server.resources import child_environment
from support.companies import CompanyFixture

ELSEWHERE = {
    "PIL", "PyInstaller", "arq", "asn1crypto", "attr", "cryptography", "email_validator", "fontTools", "httpx2", "jinja2", "lark",
    "msgpack", "numpy", "obstore", "openpyxl", "pikepdf", "pyhanko", "pyhanko_certvalidator", "pygments", "pypdfium2", "redis",
    "rich", "sentry_sdk", "typst", "uharfbuzz", "weasyprint", "xlsxwriter", "zxingcpp",
}  # fmt: skip
"""Libraries that jobs, files, letters, formulas and commands load when they need them; a worker that answers reads does not."""


@asynccontextmanager
async def api_process(settings: Settings, imports: Path) -> AsyncIterator[str]:
    """Run `plumb api` as an operator does; yield its address; it writes what it imports into `imports`."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | child_environment(settings.model_copy(update={"public_url": address}))
    with imports.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "importtime", "-m", "plumb_server.cli", "api", "--port", str(port)),
            env=environment,
            stderr=told,
        )
    try:
        await ready(address)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_an_api_process_that_answers_reads_holds_no_library_of_letters_files_jobs_or_commands(
    settings: Settings, company: CompanyFixture, tmp_path: Path
) -> None:
    async with tenant_transaction(company.hr):
        token = await create_token(company.hr, name="tests", scopes=["goal:read", "person:read"], days=1)
    imports = tmp_path / "imports"
    async with api_process(settings, imports) as address, httpx2.AsyncClient(base_url=address) as http:
        body = {"query": "{ goals(first: 5) { edges { node { id title owner { name } } } } }"}
        answer = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {token.credential}"})
        assert answer.json() == {"data": {"goals": {"edges": []}}}
    loaded = {line.rpartition("|")[2].strip() for line in imports.read_text().splitlines() if line.startswith("import time:")}
    assert {"plumb_tenants.letters.sealing", "plumb_tenants.snapshots.exporting", "plumb_server.memory"} <= loaded
    # structlog asks for rich and is told that there is none: the name stands in the list, nothing of the library.
    assert {each.partition(".")[0] for each in loaded - {"rich"}} & ELSEWHERE == set()


def test_an_unknown_account_is_compared_with_a_hash_made_as_all_others_are() -> None:
    hasher: PasswordHasher = credentials._hasher
    assert not hasher.check_needs_rehash(credentials._UNKNOWN)
