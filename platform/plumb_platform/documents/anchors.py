"""Anchors: signed statements about the heads of hash chains, kept outside of the database that they speak of (N6).

An anchor is canonical JSON: `said` (what is stated), `certificate` and `root` (DER, base64), `signature` (ECDSA with SHA-256
over the canonical bytes of `said`, DER, base64) and `timestamp` (RFC 3161 token over the SHA-256 of the signature, DER,
base64, or null). Whoever keeps the file finds out a chain that was written anew.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from plumb_platform.documents.company_key import CompanyKey, owner_of, signed_by
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.timestamp_servers import TimestampServers
from plumb_platform.errors import Refused
from plumb_platform.numbers.canonical import canonical_bytes

SCHEMA = "plumb.anchor/1"


class AnchorBroken(Refused):
    """The file is no anchor, or was changed, or another's key signed it."""

    code = "ANCHOR_BROKEN"
    zh = "锚点文件无效：{reason_zh}"
    en = "The anchor does not hold: {reason}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an anchor states, and the root certificate (DER) that stands behind its signature."""

    said: dict[str, Any]
    root: bytes
    serial: str


def make_anchor(said: Mapping[str, Any], key: CompanyKey, *, company_id: str, vault: KeyVault) -> bytes:
    """Return the file of an anchor, or of what else `said` names as its schema.

    Raises KEY_LOCKED, KEY_UNFIT, TOKEN_UNAVAILABLE.
    """
    stated = canonical_bytes({"schema": SCHEMA, **said})
    signature = signed_by(vault.open(key.seal_key, company_id), owner_of(key.seal_certificate), stated)
    parts = {"certificate": key.seal_certificate, "root": key.root_certificate, "signature": signature}
    texts = {name: b64encode(part).decode() for name, part in parts.items()}
    return canonical_bytes({"said": json.loads(stated), **texts, "timestamp": None})


async def stamped(anchor: bytes, servers: TimestampServers, server: str) -> bytes:
    """Return an anchor with the time stamp of a server over its signature; raises TIMESTAMP_UNAVAILABLE."""
    from plumb_platform.documents.timestamps import HttpTimeStamper  # pyHanko: 50 MB that an anchor without a stamp does not need

    parts = json.loads(anchor)
    digest = hashlib.sha256(b64decode(parts["signature"])).digest()
    token = await HttpTimeStamper(servers, server).async_timestamp(digest, "sha256")
    return canonical_bytes(parts | {"timestamp": b64encode(token.dump()).decode()})


def read_anchor(content: bytes) -> Anchor:
    """Return what an anchor states once its signature and its certificate hold; raises ANCHOR_BROKEN.

    Whose root it is, is for the caller to say: anybody can make a company's name.
    """
    try:
        found = json.loads(content)
        said = dict(found["said"])
        certificate, root = (x509.load_der_x509_certificate(b64decode(found[name])) for name in ("certificate", "root"))
        signature, raw_root = b64decode(found["signature"]), b64decode(found["root"])
    except (ValueError, KeyError, TypeError) as problem:
        raise AnchorBroken(reason="it cannot be read", reason_zh="无法读取") from problem
    public = certificate.public_key()
    try:
        certificate.verify_directly_issued_by(root)
        if said.get("schema") != SCHEMA or not isinstance(public, ec.EllipticCurvePublicKey):
            raise ValueError("schema")
        public.verify(signature, canonical_bytes(said), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError) as problem:
        raise AnchorBroken(reason="its signature does not fit", reason_zh="签名不符") from problem
    return Anchor(said, raw_root, f"{certificate.serial_number:x}")
