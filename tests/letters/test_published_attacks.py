"""Published attacks on signed PDFs, each against a letter of ours: found by server and offline verifier (A27, N16)."""

import base64
import hashlib
import re

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from plumb_platform.database import tenant_transaction
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_tenants.letters.service import SealTools, seal_letter, verify_upload
from plumb_verify.files import Options
from support.asking import Ask
from support.letters_made import make_office
from support.pdf_attacks import attacks
from support.sealed_letter import Sealed, offline

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has (FIPS 186-5, D.1.2.3)."""
VERIFY = "query ($file: String) { verifyLetter(file: $file) { status number expectedSha256 foundSha256 hint } }"


async def test_every_published_attack_is_found_by_server_and_offline_verifier_alike(
    sealed: Sealed, product_engine: Engine, ground: Ground
) -> None:
    made = dict(attacks(sealed.content))
    assert len(made) >= 200
    assert sealed.content not in made.values()
    ask, wrong = Ask(product_engine, ground), []
    for place, (name, forged) in enumerate(made.items()):
        alone, known = (offline(forged, Options([sealed.root], digest)) for digest in ("", sealed.digest))
        found = await verify_upload(forged, (), ground.storage, ground.copy_keys)
        said = (found.status, found.number, found.found_sha256, alone, known)
        if said != ("MODIFIED", sealed.letter.number, hashlib.sha256(forged).hexdigest(), "BROKEN", "BROKEN"):
            wrong.append((name, said))
        # The API tells what the service told; a tenth of them, for each is some hundred kilobytes of base64.
        if place % 10 == 0:
            answer = await ask(None, VERIFY, file=base64.b64encode(forged).decode())
            assert (answer["status"], answer["number"], answer["hint"]) == ("MODIFIED", sealed.letter.number, None), name
    assert wrong == []


def within_the_gap(sealed: Sealed) -> dict[str, bytes]:
    """Return the file with another CMS in the seal's own place, which no signature covers."""
    start, end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", sealed.content)[-1])
    digits = sealed.content[start + 1 : end - 1]

    def put(other: bytes) -> bytes:
        return b"".join((sealed.content[: start + 1], other.ljust(end - start - 2, b"0"), sealed.content[end - 1 :]))

    content = cms.ContentInfo.load(bytes.fromhex(digits.decode()))
    signer = content["content"]["signer_infos"][0]
    mine = {
        "upper case": put(digits.upper()),
        "both cases": put(digits[:900] + digits[900:].upper()),
        "its last digit": put(digits[:-1] + (b"1" if digits[-1:] != b"1" else b"2")),
        "spaces": put(digits[:-4] + b"    "),
    }
    number = signer["signature"].native
    signer["signature"] = number[:-1] + bytes([number[-1] ^ 1])
    mine["another signature"] = put(content.dump().hex().encode())
    first, second = decode_dss_signature(number)
    signer["signature"] = encode_dss_signature(first, ORDER - second)
    return mine | {"the same signature mirrored": put(content.dump().hex().encode())}


async def test_what_stands_in_the_seals_own_place_is_found_by_the_digest_of_the_whole_file(sealed: Sealed) -> None:
    alone = {}
    for name, forged in within_the_gap(sealed).items():
        assert (forged != sealed.content, len(forged)) == (True, len(sealed.content)), name
        assert offline(forged, Options([sealed.root], sealed.digest)) == "BROKEN", name
        assert (await verify_upload(forged)).status == "MODIFIED", name
        alone[name] = offline(forged, Options([sealed.root]))
    # Whoever lacks the digest sees other forms of the same signature pass, (r, n - s) and other digits for its bytes: no byte
    # of the letter differs then, and both ways of sealing write digits of their own case.
    assert {name for name, said in alone.items() if said == "VALID"} == {"upper case", "the same signature mirrored"}


async def test_the_seal_of_one_letter_holds_no_other(sealed: Sealed, tools: SealTools) -> None:
    other = await make_office("另一家公司")
    signed = await other.signed()
    async with tenant_transaction(other.company.system):
        letter = await seal_letter(other.company.system, signed.id, tools)
    theirs = await tools.storage.get(str(letter.file_key))
    pattern = re.compile(rb"/Contents <([0-9a-f]+)>")
    (mine,), (strange,) = pattern.findall(sealed.content), pattern.findall(theirs)
    forged = sealed.content.replace(mine, strange.ljust(len(mine), b"0")[: len(mine)])
    found = await verify_upload(forged)
    assert (found.status, found.number) == ("MODIFIED", sealed.letter.number)
    assert offline(forged, Options([sealed.root])) == "BROKEN"
    assert offline(theirs, Options([sealed.root])) == "BROKEN"
