"""The time stamp of a letter, which no signature of the company covers: taken out, exchanged, or made by anybody (A26, N16)."""

import asyncio
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms, tsp

from plumb_platform.clock import now
from plumb_tenants.letters.service import SealTools, verify_upload
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.letters_made import Office
from support.sealed_letter import Sealed, offline, seal_rules, sealed_letter
from support.timestamp_server import NAME, StampServer, stamp_server

LONG_AGO = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
STAMP = "signature_time_stamp_token"


@pytest.fixture
def tsa(tools: SealTools) -> Iterator[StampServer]:
    with stamp_server(made_at=now()) as running:
        tools.timestamps = running.servers
        yield running


async def sealed_as(level: str, office: Office, tools: SealTools) -> Sealed:
    await seal_rules(office, seal_level=level)
    return await sealed_letter(office, tools)


def token_of(server: StampServer, signature: bytes) -> cms.ContentInfo:
    """Return a server's stamp on a signature."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(signature).digest()}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    return tsp.TimeStampResp.load(server.answer(asked.dump()))["time_stamp_token"]


def with_stamp(pdf: bytes, token: cms.ContentInfo | None) -> bytes:
    """Return a sealed file with another stamp in the seal's own place, or with none."""
    start, end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", pdf)[0])
    content = cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    (signer,) = content["content"]["signer_infos"]
    signer["unsigned_attrs"] = [cms.CMSAttribute({"type": STAMP, "values": [token]})] if token is not None else []
    if token is None:
        del signer["unsigned_attrs"]
    digits: bytes = content.dump().hex().encode()
    return pdf[: start + 1] + digits.ljust(end - start - 2, b"0") + pdf[end - 1 :]


def signature_of(pdf: bytes) -> bytes:
    start, end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", pdf)[0])
    content = cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    signature: bytes = content["content"]["signer_infos"][0]["signature"].native
    return signature


async def test_a_stamp_counts_by_the_root_that_is_given_alone(office: Office, tools: SealTools, tsa: StampServer) -> None:
    sealed = await sealed_as("B-T", office, tools)
    said = verify(sealed.content, Options([sealed.root], stamp_roots=[tsa.root]))
    assert (said["stamped_by"], said["stamp_root_given"]) == (f"CN={NAME}", True)
    with stamp_server(made_at=LONG_AGO) as stranger:
        stranger.at = LONG_AGO
        forged = with_stamp(sealed.content, token_of(stranger, signature_of(sealed.content)))
        # It fits the signature and says that the letter is of years ago; nothing is known of whoever made it.
        said = verify(forged, Options([sealed.root]))
        assert (said["stamped_at"], said["stamp_root_given"]) == (LONG_AGO.isoformat(), False)
        for roots in ([tsa.root], [sealed.root]):
            with pytest.raises(Broken, match="does not lead to a root that is given for time stamps"):
                verify(forged, Options([sealed.root], stamp_roots=roots))
        # Were it somebody's whom the caller trusts, the seal's own certificate would still not be that old.
        with pytest.raises(Broken, match=f"seal did not hold at {re.escape(LONG_AGO.isoformat())}, when the letter was sealed"):
            verify(forged, Options([sealed.root], stamp_roots=[tsa.root, stranger.root]))
        stranger.at = now().replace(microsecond=0)
        other = with_stamp(sealed.content, token_of(stranger, signature_of(sealed.content)))
        assert (
            verify(other, Options([sealed.root], stamp_roots=[tsa.root, stranger.root]))["stamped_at"] == stranger.at.isoformat()
        )
    assert offline(forged, Options([sealed.root], sealed.digest)) == "BROKEN"
    assert (await verify_upload(forged, (tsa.root,))).status == "MODIFIED"


async def test_a_stamp_on_another_signature_or_by_a_certificate_of_another_use_holds_for_nobody(
    office: Office, tools: SealTools, tsa: StampServer
) -> None:
    sealed = await sealed_as("B-T", office, tools)
    other = with_stamp(sealed.content, token_of(tsa, b"another signature"))
    with pytest.raises(Broken, match="the time stamp is on another signature"):
        verify(other, Options([sealed.root]))
    with stamp_server(made_at=now(), usage="CODE_SIGNING") as signs_code:
        forged = with_stamp(sealed.content, token_of(signs_code, signature_of(sealed.content)))
        with pytest.raises(Broken, match="not for time stamps"):
            verify(forged, Options([sealed.root], stamp_roots=[signs_code.root]))
    assert [(await verify_upload(each, (tsa.root,))).status for each in (other, forged)] == ["MODIFIED", "MODIFIED"]


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
async def test_a_letter_without_the_stamp_that_it_had_is_another_file(
    office: Office, tools: SealTools, tsa: StampServer, level: str
) -> None:
    sealed = await sealed_as(level, office, tools)
    bare = with_stamp(sealed.content, None)
    assert (await verify_upload(bare, (tsa.root,))).status == "MODIFIED"
    assert offline(bare, Options([sealed.root], sealed.digest)) == "BROKEN"
    # The seal alone holds, and says of itself that no time is stamped; what follows a seal is settled by the digest alone.
    assert offline(bare, Options([sealed.root])) == ("VALID" if level == "B-T" else "BROKEN")
    if level == "B-T":
        assert verify(bare, Options([sealed.root], stamp_roots=[tsa.root]))["stamped_at"] is None


async def test_the_command_takes_the_roots_of_stamps(office: Office, tools: SealTools, tsa: StampServer, tmp_path: Path) -> None:
    sealed = await sealed_as("B-T", office, tools)
    names = {"letter.pdf": sealed.content, "root.der": sealed.root, "tsa.der": tsa.root}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    for command in ([sys.executable, "-m", "plumb_verify"], [str(Path(sys.executable).parent / "plumb"), "verify"]):
        for root, code, status in (("tsa.der", 0, "VALID"), ("root.der", 1, "BROKEN")):
            asked = [*command, "--root", "root.der", "--stamp-root", root, "letter.pdf"]
            ended = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, check=False, cwd=tmp_path)
            assert (ended.returncode, json.loads(ended.stdout)["status"]) == (code, status)
