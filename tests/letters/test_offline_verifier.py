"""The offline verifier (N16): one file that imports nothing of ours; whatever is changed, added or cut off is named."""

import ast
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import plumb_verify
from plumb_platform.audit.exporting import chain_export
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.permissions import Permission
from plumb_tenants.letters.service import SealTools, verify_upload
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from plumb_verify.canonical import canonical
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.letters_made import Office
from support.sealed_letter import Sealed

FLIPS, UPDATES = 10_000, 200


def refused(content: bytes, options: Options) -> bool:
    try:
        verify(content, options)
    except Broken:
        return True
    except Exception:  # noqa: BLE001 - the command says "unreadable" to these
        return True
    return False


def flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    return bytes(changed)


def test_it_imports_nothing_but_python_and_cryptography() -> None:
    names, folder = set(), Path(plumb_verify.__file__).parent
    for node in (each for module in folder.glob("*.py") for each in ast.walk(ast.parse(module.read_text()))):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    assert names - set(sys.stdlib_module_names) == {"cryptography", "plumb_verify"}


async def test_each_of_ten_thousand_flipped_bits_is_found_and_inside_the_seal_by_the_seal_alone(sealed: Sealed) -> None:
    chance = random.Random(20261125)  # a fixed choice of positions
    numbers = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", sealed.content)[-1]
    gap = range(int(numbers[1]), int(numbers[2]))
    known, alone = Options([sealed.root], sealed.digest), Options([sealed.root])
    for turn in range(FLIPS):
        place = chance.randrange(len(sealed.content))
        changed = flipped(sealed.content, place, chance.randrange(8))
        assert refused(changed, known), place
        if place not in gap and turn % 20 == 0:
            assert refused(changed, alone), place


async def test_two_hundred_updates_are_found_online_and_offline(sealed: Sealed) -> None:
    chance = random.Random(7)
    for turn in range(UPDATES):
        added = (
            b"\n",
            b"\n% a remark\n",
            b"\n1 0 obj\n<</Type /Catalog>>\nendobj\nstartxref\n%d\n%%%%EOF\n" % chance.randrange(10_000),
            chance.randbytes(chance.randrange(1, 400)),
        )[turn % 4]
        changed = sealed.content + added
        assert refused(changed, Options([sealed.root]))
        assert refused(changed, Options([sealed.root], sealed.digest))
        found = await verify_upload(changed)
        assert (found.status, found.number) == ("MODIFIED", sealed.letter.number)
    for cut in (1, 2, 100, 5000):
        assert refused(sealed.content[:-cut], Options([sealed.root]))


async def test_a_letter_of_another_company_and_goals_that_were_swapped_are_found(sealed: Sealed, tools: SealTools) -> None:
    from plumb_platform.documents.company_key import make_company_key

    stranger = make_company_key("别的公司", company_id="x", vault=tools.vault).root_certificate
    with pytest.raises(Broken, match="does not lead to the root"):
        verify(sealed.content, Options([stranger]))
    for content in (b"", b"%PDF-1.7", b"hello", b"{}", b"[]", b"%PDF-1.7 /ByteRange [0 9 9 9]"):
        assert refused(content, Options())


async def test_a_whole_letter_tells_number_signers_and_root(sealed: Sealed) -> None:
    said = verify(sealed.content, Options([sealed.root], sealed.digest))
    assert (said["kind"], said["number"], said["company"]) == ("letter", sealed.letter.number, "华南医疗器械有限公司")
    assert (said["signers"], said["stamped_at"], said["root_given"]) == (["张伟", "李建国"], None, True)
    assert verify(sealed.content, Options())["root_sha256"] == hashlib.sha256(sealed.root).hexdigest() == said["root_sha256"]


async def test_every_change_to_an_audit_chain_names_its_entry(sealed: Sealed, office: Office) -> None:
    auditor = office.company.auditor
    async with tenant_transaction(auditor):
        key = await fetch_value("select key from company")
        export = await chain_export(auditor, company_key=key)
        count = await fetch_value("select count(*) from audit_entry")
    chain = b"".join([part async for part in export.lines(partial(tenant_transaction, auditor))])
    assert verify(chain, Options()) == {
        "kind": "audit chain",
        "company": key,
        "entries": count,
        "head": json.loads(chain.partition(b"\n")[0])["head"],
        "anchors": 0,
        "anchor_roots_sha256": [],
        "root_given": False,
        "stamped_at": None,
        "anchored_to": None,
    }
    lines = chain.splitlines(keepends=True)
    for place in range(1, len(lines)):
        entry = json.loads(lines[place])
        edited = canonical(entry | {"action": "nothing.happened"}) + b"\n"
        for broken in (
            [*lines[:place], edited, *lines[place + 1 :]],
            [*lines[:place], *lines[place + 1 :]],
            [*lines[:place], lines[place], *lines[place:]],
        ):
            with pytest.raises(Broken):
                verify(b"".join(broken), Options())
    with pytest.raises(Broken, match="entry 3 was changed"):
        verify(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]), Options())


async def test_a_changed_byte_of_a_snapshot_is_found_and_the_whole_one_is_its_chain_hash(office: Office) -> None:
    admin = office.company.admin
    async with tenant_transaction(admin):
        taken = await take_snapshot(admin)
        content = await snapshot_bytes(admin, taken.id)
    options = Options(previous=taken.previous_hash, chain=taken.chain_hash)
    assert verify(content, options)["content_hash"] == taken.content_hash
    chance = random.Random(3)
    for place in chance.sample(range(len(content)), min(300, len(content))):
        assert refused(flipped(content, place, chance.randrange(8)), options), place
    with pytest.raises(Broken, match="give --previous and --chain"):
        verify(content, Options())


async def test_the_command_works_with_no_network_and_names_what_is_broken(sealed: Sealed, tmp_path: Path) -> None:
    whole, broken, root = tmp_path / "letter.pdf", tmp_path / "broken.pdf", tmp_path / "root.der"
    whole.write_bytes(sealed.content)
    broken.write_bytes(flipped(sealed.content, 2000, 1))
    root.write_bytes(sealed.root)

    def run(*command: str, **given: Any) -> tuple[int, list[dict[str, Any]]]:
        # unshare gives the process a network of its own, with nothing in it.
        cut_off = ["unshare", "-n"] if os.geteuid() == 0 else []
        ended = subprocess.run([*cut_off, *command], capture_output=True, text=True, check=False, cwd=tmp_path, **given)
        return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]

    # The folder alone, at another place and where nothing of ours can be imported by mistake.
    shutil.copytree(Path(plumb_verify.__file__).parent, tmp_path / "plumb_verify")
    alone = [sys.executable, "-E", "-s", "-m", "plumb_verify"]
    plumb = [str(Path(sys.executable).parent / "plumb"), "verify"]
    for command in (alone, plumb):
        code, said = run(*command, "--root", str(root), "--sha256", sealed.digest, str(whole))
        assert (code, said[0]["status"], said[0]["number"]) == (0, "VALID", sealed.letter.number)
    code, said = run(*alone, "--root", str(root), str(whole), str(broken))
    assert (code, [each["status"] for each in said]) == (1, ["VALID", "BROKEN"])
    assert said[1]["reason"] == "the sealed bytes were changed"
    assert Permission.AUDIT_READ.value == "audit:read"
