"""The export of a whole company: every member by its digest, the audit chain and each snapshot by what they prove themselves."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from plumb_verify.anchors import Anchor, read_anchors
from plumb_verify.chains import verify_audit_chain, verify_snapshot
from plumb_verify.files import Options
from plumb_verify.signatures import Broken

MANIFEST, CHAIN, SNAPSHOTS = "manifest.jsonl", "audit/chain.jsonl", "snapshots/"
PIECE = 1 << 20


def is_company(path: Path) -> bool:
    """Return whether a file is a tar file (POSIX ustar): an export of a company is one."""
    with path.open("rb") as file:
        file.seek(257)
        return file.read(5) == b"ustar"


def verify_company(path: Path, options: Options) -> dict[str, Any]:
    """Check an export against its manifest, its chain and its snapshots; raises Broken with the first thing that does not hold.

    The manifest is signed by nobody: the digest of the whole file is what the operator's acts keep (`plumb company acts`).
    """
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    if options.sha256 and whole != options.sha256.lower():
        raise Broken(f"the whole file has another digest: {whole}")
    with tarfile.open(path, "r:") as tar:
        head, told, faults = _manifest(tar)
        said = {"kind": "company", "company": head["key"], "members": len(told), "missing": faults, "sha256": whole}
        return said | _members(tar, head, told, options.roots, read_anchors(options.anchors, options.roots, options.stamp_roots))


def _manifest(tar: tarfile.TarFile) -> tuple[dict[str, Any], dict[str, dict[str, Any]], list[str]]:
    """Return the manifest's head, the members that it tells, and those that it says were missing when it was made."""
    content = tar.extractfile(MANIFEST) if MANIFEST in tar.getnames() else None
    if content is None:
        raise Broken("no manifest: this is no export of a company, or its end is cut off")
    head, *lines = (json.loads(line) for line in content)
    if not str(head.get("schema", "")).startswith("plumb.company/"):
        raise Broken("no export of a company")
    there = [line for line in lines if "fault" not in line]
    told = {line["path"]: line for line in there}
    if len(told) != len(there):
        raise Broken("the manifest tells a member twice")
    return head, told, [line["path"] for line in lines if "fault" in line]


def _members(
    tar: tarfile.TarFile,
    head: dict[str, Any],
    told: dict[str, dict[str, Any]],
    roots: Sequence[bytes],
    anchors: Sequence[Anchor],
) -> dict[str, Any]:
    left, snapshots, chain = set(told), list[bool](), dict[str, Any]()
    for member in tar:
        if member.name == MANIFEST:
            continue
        line = told.get(member.name)
        # A sparse member would say that it is larger than any disk.
        if line is None or not member.isreg() or member.issparse() or member.name not in left:
            raise Broken(f"{member.name} is not in the manifest, or stands here twice")
        left.discard(member.name)
        if (member.size, _digest(tar, member)) != (line["size"], line["sha256"]):
            raise Broken(f"{member.name} was changed")
        if member.name == CHAIN:
            chain = verify_audit_chain(_content(tar, member), anchors, roots)
            if chain["company"] != head["key"]:
                raise Broken(f"{member.name} is of another company")
        elif member.name.startswith(SNAPSHOTS):
            snapshots.append(_held(member.name, _content(tar, member), line, anchors))
    if left:
        raise Broken(f"{min(left)} is missing")
    if not chain:
        raise Broken(f"{CHAIN} is missing")
    counted = {"snapshots": len(snapshots), "snapshots_anchored": sum(snapshots)}
    return counted | {name: said for name, said in chain.items() if name not in ("kind", "company")}


def _held(name: str, content: bytes, line: dict[str, Any], anchors: Sequence[Anchor]) -> bool:
    """Hold a snapshot against the manifest, which anybody may have written, and its anchor; return whether there is one."""
    try:
        said = verify_snapshot(content, previous=line["previous"], chain=line["chain"], anchors=anchors, roots=())
    except Broken as broken:
        raise Broken(f"{name}: {broken}") from None
    return said["anchored_to"] is not None


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    if (content := tar.extractfile(member)) is not None:
        while piece := content.read(PIECE):
            yield piece


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    return b"".join(_pieces(tar, member))


def _digest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(tar, member):
        digest.update(piece)
    return digest.hexdigest()
