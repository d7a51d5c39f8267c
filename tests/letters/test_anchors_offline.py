"""Chains that hold in themselves and are all the same not the company's: found without a server by its anchors (N6, N16)."""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from plumb_platform.audit.exporting import chain_export
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.documents.anchors import make_anchor
from plumb_platform.documents.company_key import make_company_key
from plumb_platform.storage import Storage
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.snapshots.anchoring import anchor_snapshot
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from plumb_verify.canonical import canonical, digest_of
from plumb_verify.company import verify_company
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.companies import VAULT, CompanyFixture
from support.letters_made import Office, make_office


@dataclass(frozen=True)
class Anchored:
    """A company's snapshots with their anchors, its audit chain, and its root."""

    company: CompanyFixture
    snapshots: list[Snapshot]
    files: list[bytes]
    anchors: list[bytes]
    chain: bytes
    root: bytes


async def anchored(office: Office, storage: Storage, *, count: int = 3) -> Anchored:
    company, snapshots, files, anchors = office.company, [], [], []
    for _ in range(count):
        async with tenant_transaction(company.admin):
            snapshots.append(await take_snapshot(company.admin))
            files.append(await snapshot_bytes(company.admin, snapshots[-1].id))
        async with tenant_transaction(company.system):
            made = await anchor_snapshot(company.system, snapshots[-1].id, storage=storage, vault=VAULT)
        anchors.append(await storage.get(made.file_key))
    async with tenant_transaction(company.auditor):
        export = await chain_export(company.auditor, company_key=await fetch_value("select key from company"))
        root = bytes(await fetch_value("select root_certificate from signing_key where active"))
    chain = b"".join([part async for part in export.lines(partial(tenant_transaction, company.auditor))])
    return Anchored(company, snapshots, files, anchors, chain, root)


@pytest.fixture
async def known(office: Office, storage: Storage) -> Anchored:
    return await anchored(office, storage)


def chain_of(head: dict[str, Any], entries: Sequence[dict[str, Any]]) -> bytes:
    """Return a chain of these entries that holds in itself, as whoever has the database would write it."""
    previous, lines = digest_of(f"{head['tenant_id']}:{head['company_key']}".encode()), []
    for number, entry in enumerate(entries, start=1):
        said = {name: value for name, value in entry.items() if name not in {"previous_hash", "hash"}} | {"number": number}
        made = digest_of(bytes.fromhex(previous) + canonical(said))
        lines.append(canonical(said | {"previous_hash": previous, "hash": made}))
        previous = made
    return b"\n".join([canonical(head | {"number": len(entries), "head": previous}), *lines, b""])


def broken(content: bytes, options: Options) -> str:
    with pytest.raises(Broken) as refused:
        verify(content, options)
    return str(refused.value)


def test_a_chain_that_was_cut_or_written_anew_holds_in_itself_and_not_beside_its_anchors(known: Anchored) -> None:
    head, *entries = [json.loads(line) for line in known.chain.splitlines()]
    last = json.loads(known.anchors[-1])["said"]["audit"]["number"]
    options = Options([known.root], anchors=known.anchors)
    said = verify(known.chain, options)
    assert (said["entries"], said["anchored_to"], said["anchors"], said["root_given"]) == (len(entries), last, 3, True)
    assert said["anchor_roots_sha256"] == [hashlib.sha256(known.root).hexdigest()]
    for place in range(len(entries)):
        without = chain_of(head, [*entries[:place], *entries[place + 1 :]])
        assert verify(without, Options())["entries"] == len(entries) - 1
        # Only what came behind the last anchor can go unseen: the next one will know it.
        if place < last:
            assert "written anew" in broken(without, options) or "cut off" in broken(without, options), place
        edited = chain_of(head, [*entries[:place], entries[place] | {"action": "nothing"}, *entries[place + 1 :]])
        assert verify(edited, Options())["anchored_to"] is None
        if place < last:
            assert "written anew" in broken(edited, options)
    for kept in range(last):
        cut = chain_of(head, entries[:kept])
        assert broken(cut, options).startswith(f"the chain ends at entry {kept}, and an anchor of ")
    assert verify(chain_of(head, entries[:last]), options)["anchored_to"] == last


def test_what_no_hash_covers_may_not_stand_in_a_chain(known: Anchored) -> None:
    lines = known.chain.splitlines(keepends=True)
    entry = json.loads(lines[2])
    for forged in (
        canonical(entry | {"approved_by": "董事会"}) + b"\n",
        lines[2].replace(b'"action":', b'"action":"nothing.happened","action":', 1),
        lines[2].replace(b",", b", ", 1),
        b" " + lines[2],
    ):
        assert broken(b"".join([*lines[:2], forged, *lines[3:]]), Options()).startswith("entry 2 "), forged[:80]
    head = json.loads(lines[0])
    assert "head" in broken(b"".join([lines[0].replace(b",", b", ", 1), *lines[1:]]), Options())
    assert broken(b"".join([canonical(head | {"number": 1}) + b"\n", *lines[1:]]), Options()).startswith("the chain ends at")


def test_a_snapshot_is_held_against_its_anchor_and_the_one_before(known: Anchored) -> None:
    for number, content in enumerate(known.files):
        said = verify(content, Options([known.root], anchors=known.anchors))
        taken = known.snapshots[number]
        assert (said["chain_hash"], said["anchored_to"]) == (taken.chain_hash, number + 1)
        # Altered figures with hashes that fit: the given ones may be forged, the anchor's not.
        altered = content.replace(b'"goals":', b'"goals":1', 1)
        header, *rows = altered.removesuffix(b"\n").split(b"\n")
        total = digest_of("".join(digest_of(row) for row in rows).encode())
        forged = digest_of(bytes.fromhex(taken.previous_hash) + header + bytes.fromhex(total))
        assert verify(altered, Options(previous=taken.previous_hash, chain=forged))["anchored_to"] is None
        known_by = Options([known.root], previous=taken.previous_hash, chain=forged, anchors=known.anchors)
        assert "knows another snapshot" in broken(altered, known_by)
    # The first has none before it; of a later one both have to be there.
    assert verify(known.files[0], Options(anchors=known.anchors[:1]))["number"] == 1
    for anchors in ([], known.anchors[1:2], known.anchors[:1]):
        assert broken(known.files[1], Options(anchors=anchors)).startswith("nothing to hold it against: give --previous")
    assert verify(known.files[1], Options(previous=known.snapshots[1].previous_hash, anchors=known.anchors[1:2]))["number"] == 2


async def test_an_anchor_that_was_changed_or_is_anothers_proves_nothing(known: Anchored, storage: Storage) -> None:
    other = await anchored(await make_office("丙方医疗器械有限公司"), storage, count=1)
    file = json.loads(known.anchors[-1])
    edited = canonical(file | {"said": file["said"] | {"audit": {"number": 1, "hash": "0" * 64}}})
    listed = canonical(file | {"root": json.loads(other.anchors[0])["root"]})
    for anchors, roots, words in (
        ([edited], [known.root], "the signature does not fit"),
        ([listed], [known.root], "the certificate of an anchor does not lead to its root"),
        (other.anchors, [known.root], "under another root than those that were given"),
        (other.anchors, [known.root, other.root], "an anchor is another company's"),
        (other.anchors, [], "an anchor is another company's"),
    ):
        for content in (known.chain, known.files[0]):
            assert words in broken(content, Options(roots, anchors=anchors)), words


async def test_anchors_of_before_and_after_a_new_root_are_taken_together(known: Anchored, storage: Storage) -> None:
    company = known.company
    async with tenant_transaction(company.admin):
        await add_signing_key(company.admin, company_name=company.name, vault=VAULT)
        taken = await take_snapshot(company.admin)
        content = await snapshot_bytes(company.admin, taken.id)
        newer = bytes(await fetch_value("select root_certificate from signing_key where active"))
    async with tenant_transaction(company.system):
        made = await anchor_snapshot(company.system, taken.id, storage=storage, vault=VAULT)
    anchors = [*known.anchors, await storage.get(made.file_key)]
    said = verify(content, Options([known.root, newer], anchors=anchors))
    assert (said["number"], len(said["anchor_roots_sha256"])) == (4, 2)
    assert "under another root" in broken(content, Options([newer], anchors=anchors))


def anew(known: Anchored, place: int, **changed: Any) -> bytes:
    """Return an anchor as somebody signs it who writes a chain anew: of the same place, and under a root of theirs."""
    said = json.loads(known.anchors[place])["said"] | changed
    key = make_company_key(known.company.name, company_id=str(known.company.tenant_id), vault=VAULT)
    return make_anchor(said, key, company_id=str(known.company.tenant_id), vault=VAULT)


def test_an_anchor_of_what_was_written_anew_does_not_silence_the_one_of_before(known: Anchored) -> None:
    head, *entries = [json.loads(line) for line in known.chain.splitlines()]
    edited = chain_of(head, [entries[0] | {"action": "nothing"}, *entries[1:]])
    number = json.loads(known.anchors[-1])["said"]["audit"]["number"]
    chain = anew(known, -1, audit={"number": number, "hash": json.loads(edited.splitlines()[number])["hash"]})
    assert verify(edited, Options(anchors=[chain]))["anchored_to"] == number
    taken = json.loads(known.anchors[0])["said"]["snapshot"]
    snapshot = anew(known, 0, snapshot=taken | {"chain_hash": "0" * 64})
    for forged, content, mine in ((chain, edited, known.anchors[-1]), (snapshot, known.files[0], known.anchors[0])):
        for anchors in ([mine, forged], [forged, mine]):
            assert "the anchors contradict each other" in broken(content, Options(anchors=anchors))


def exported(known: Anchored, files: Sequence[bytes], into: Path) -> Path:
    """Write the export of a company as anybody may, with a manifest that fits."""
    company = json.loads(known.chain.partition(b"\n")[0])["company_key"]
    lines: list[dict[str, Any]] = [{"schema": "plumb.company/1", "key": company}]
    members = {"audit/chain.jsonl": known.chain} | {f"snapshots/{n}.jsonl": file for n, file in enumerate(files, start=1)}
    for number, (name, content) in enumerate(members.items()):
        line = {"path": name, "size": len(content), "sha256": digest_of(content)}
        if number:
            header, *rows = content.removesuffix(b"\n").split(b"\n")
            previous = known.snapshots[number - 1].previous_hash
            total = digest_of("".join(digest_of(row) for row in rows).encode())
            line |= {"previous": previous, "chain": digest_of(bytes.fromhex(previous) + header + bytes.fromhex(total))}
        lines.append(line)
    with tarfile.open(into, "w") as tar:
        for name, content in (members | {"manifest.jsonl": b"\n".join(map(canonical, lines))}).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return into


def test_snapshots_of_a_companys_export_are_held_against_its_anchors(known: Anchored, tmp_path: Path) -> None:
    sound = exported(known, known.files, tmp_path / "sound.tar")
    for anchors in ([], known.anchors[:1], known.anchors):
        assert verify_company(sound, Options(anchors=anchors))["snapshots_anchored"] == len(anchors)
    altered = [known.files[0], known.files[1].replace(b'"goals":', b'"goals":1', 1), known.files[2]]
    forged = exported(known, altered, tmp_path / "forged.tar")
    assert verify_company(forged, Options())["snapshots"] == 3
    with pytest.raises(Broken, match=r"^snapshots/2\.jsonl: an anchor of .* knows another snapshot 2"):
        verify_company(forged, Options([known.root], anchors=known.anchors))
