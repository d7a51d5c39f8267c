"""The time stamp of a seal that was made while the timestamp server was away: put into the room that the seal left for it.

The stamp is an unsigned attribute of the signature (ETSI EN 319 122-1, 5.3), so that no byte that is sealed changes.
"""

import asyncio
import hashlib
import io

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.dss import async_add_validation_info

from plumb_platform.documents.seal import OpenedKey, Stamping, SteadyWriter, sealing_context
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamps import DIGEST, HttpTimeStamper


async def stamp_seal(pdf: bytes, key: OpenedKey, stamping: Stamping) -> bytes | None:
    """Return a B-B file of ours at the level of `stamping`: what was sealed stays, B-LT and B-LTA add their revisions behind it.

    None for a seal that left no room. Raises TIMESTAMP_UNAVAILABLE.
    """
    return await asyncio.to_thread(asyncio.run, _stamped(pdf, key, stamping))


async def _stamped(pdf: bytes, key: OpenedKey, stamping: Stamping) -> bytes | None:
    stamper = HttpTimeStamper(stamping.servers, stamping.server)
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[-1]
    _, start, end, _ = (int(each) for each in signature.byte_range)
    content = cms.ContentInfo.load(signature.pkcs7_content)
    (signer,) = content["content"]["signer_infos"]
    token = await stamper.async_timestamp(hashlib.sha256(signer["signature"].native).digest(), DIGEST)
    signer["unsigned_attrs"] = [cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})]
    digits, room = content.dump().hex().encode(), end - start - len(b"<>")
    if len(digits) > room:
        return None
    return await _raised(b"".join((pdf[: start + 1], digits.ljust(room, b"0"), pdf[end - 1 :])), key, stamping, stamper)


async def _raised(pdf: bytes, key: OpenedKey, stamping: Stamping, stamper: HttpTimeStamper) -> bytes:
    """Return a B-T file with what the levels above it add."""
    if stamping.level not in (SealLevel.B_LT, SealLevel.B_LTA):
        return pdf
    context, kept = sealing_context(key, stamping), io.BytesIO()
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    await async_add_validation_info(signature, context, output=kept)
    if stamping.level is SealLevel.B_LT:
        return kept.getvalue()
    stamped = io.BytesIO()
    await PdfTimeStamper(stamper).async_timestamp_pdf(SteadyWriter(kept.getvalue()), DIGEST, context, output=stamped)
    return stamped.getvalue()
