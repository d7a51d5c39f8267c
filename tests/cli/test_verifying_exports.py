"""`plumb verify` of a whole company's export: it holds as it was made, and whatever is changed in it is named."""

import io
import json
import tarfile
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from plumb_platform.database import Database, fetch_value, tenant_transaction
from support.filled_company import fill_company

Plumb = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
async def key(database: Database) -> str:
    made = await fill_company("核验医疗器械有限公司")
    async with tenant_transaction(made.company.system):
        return str(await fetch_value("select key from company"))


@pytest.fixture
async def export(plumb: Plumb, key: str, tmp_path: Path) -> Path:
    file = tmp_path / "company.tar"
    await plumb("company", "export", key, "--to", str(file), "--by", "王运营")
    return file


def packed(members: list[tuple[str, bytes]], file: Path) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file


def halved(file: Path, into: Path) -> Path:
    content = file.read_bytes()
    into.write_bytes(content[: len(content) // 2])
    return into


def members_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {each.name: content.read() for each in tar if (content := tar.extractfile(each))}


async def told(plumb: Plumb, file: Path, *more: str) -> tuple[int, dict[str, Any]]:
    ended = await plumb("verify", str(file), *more)
    return ended.code, json.loads(ended.output)


async def test_an_export_holds_as_it_was_made(plumb: Plumb, key: str, export: Path) -> None:
    code, said = await told(plumb, export)
    members = members_of(export)
    snapshots = sum(name.startswith("snapshots/") for name in members)
    entries = len(members["audit/chain.jsonl"].splitlines()) - 1
    assert (code, said["status"], said["kind"], said["company"]) == (0, "VALID", "company", key)
    assert (said["members"], said["snapshots"], said["entries"]) == (len(members) - 1, snapshots, entries)
    assert snapshots > 0
    assert (await told(plumb, export, "--sha256", said["sha256"]))[0] == 0
    assert (await told(plumb, export, "--sha256", "0" * 64))[0] == 1


async def test_whatever_is_changed_in_an_export_is_named(plumb: Plumb, export: Path, tmp_path: Path) -> None:
    whole = members_of(export)
    snapshot = next(name for name in whole if name.startswith("snapshots/"))
    table = "tables/company.jsonl"
    changed = {table: whole[table].replace("核验医疗".encode(), "改动医疗".encode())}
    cases = {
        f"{table} was changed": whole | changed,
        f"{snapshot} was changed": whole | {snapshot: whole[snapshot] + b"{}\n"},
        f"{table} is missing": {name: content for name, content in whole.items() if name != table},
        "more.txt is not in the manifest, or stands here twice": {"more.txt": b"x"} | whole,
        "no manifest: this is no export of a company, or its end is cut off": {"a": b"b"},
        "no export of a company": {"manifest.jsonl": b"{}\n"},
    }
    assert changed[table] != whole[table]
    for reason, members in cases.items():
        code, said = await told(plumb, packed(list(members.items()), tmp_path / "changed.tar"))
        assert (code, said["status"], said["reason"]) == (1, "BROKEN", reason)
    twice = packed([(table, whole[table]), *whole.items()], tmp_path / "twice.tar")
    assert (await told(plumb, twice))[1]["reason"] == f"{table} is not in the manifest, or stands here twice"
    assert (await told(plumb, halved(export, tmp_path / "cut.tar")))[1]["status"] == "BROKEN"


async def test_a_chain_that_was_changed_with_the_manifest_does_not_hold(plumb: Plumb, export: Path, tmp_path: Path) -> None:
    whole = members_of(export)
    chain = whole["audit/chain.jsonl"].replace(b'"number":2', b'"number":3', 1)
    was, now = (sha256(content).hexdigest().encode() for content in (whole["audit/chain.jsonl"], chain))
    forged = whole | {"audit/chain.jsonl": chain, "manifest.jsonl": whole["manifest.jsonl"].replace(was, now)}
    code, said = await told(plumb, packed(list(forged.items()), tmp_path / "forged.tar"))
    assert (code, said["status"]) == (1, "BROKEN")
    assert "entry" in said["reason"]
