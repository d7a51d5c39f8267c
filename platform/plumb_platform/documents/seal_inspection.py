"""What the seal of a PDF says, judged by roots that are given; no network, no database."""

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator import ValidationContext

from plumb_platform.documents.company_key import named_in
from plumb_platform.documents.seal_level import SealLevel

# An untrusted certificate is an answer here (`trusted=False`), not an incident worth a stack trace in the log.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

END = re.compile(rb"(?:(?!startxref|%%EOF).)*startxref\s+\d+\s+%%EOF\n", re.DOTALL)
"""What stands behind the last references of a file, a stream's or a table's with its trailer (ISO 32000-1, 7.5.5): one end."""


@dataclass(frozen=True, slots=True)
class SealReport:
    """What the seal of a PDF says; False or None wherever the PDF has no readable seal.

    `intact`: the sealed bytes are unchanged and the signature fits them. `trusted`: its certificate leads to one of
    the roots. `covers_whole_file`: nothing was added after sealing but what the level itself adds. `signed_at` is the sealer's
    own clock, `stamped_at` that of a timestamp server whose certificate leads to one of the roots, `stamps_end_at` when the
    certificate of the last time stamp over the file ends, if that leads to one of them as well.
    """

    sealed: bool = False
    intact: bool = False
    trusted: bool = False
    covers_whole_file: bool = False
    modified: bool = False
    level: SealLevel | None = None
    signer_name: str | None = None
    certificate_serial: str | None = None
    signed_at: datetime | None = None
    stamped_at: datetime | None = None
    stamped_by: str | None = None
    stamps_end_at: datetime | None = None
    reason: str | None = None

    @property
    def valid(self) -> bool:
        """Return whether the seal holds. Its own padding is not signed: compare the whole file's SHA-256 as well."""
        return self.sealed and self.intact and self.trusted and self.covers_whole_file


async def inspect_seal(pdf: bytes, trusted_roots: Sequence[bytes], timestamp_roots: Sequence[bytes] = ()) -> SealReport:
    """Return what the seal of `pdf` says, judged by the roots (DER); never raises for a broken file."""
    return await asyncio.to_thread(_inspected, pdf, list(trusted_roots), list(timestamp_roots))


def _inspected(pdf: bytes, roots: list[bytes], timestamp_roots: list[bytes]) -> SealReport:
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if not reader.embedded_regular_signatures:
            return SealReport()
        return asyncio.run(_report(reader, pdf, roots, timestamp_roots))
    except Exception:  # noqa: BLE001  # whatever a changed byte does to the structure, the answer to it is the same
        return SealReport(sealed=True, modified=True)


async def _report(reader: PdfFileReader, pdf: bytes, roots: list[bytes], timestamp_roots: list[bytes]) -> SealReport:
    signature = reader.embedded_regular_signatures[-1]
    signed_at = signature.self_reported_timestamp
    stamps = await _timestamps(reader, timestamp_roots)
    own = await async_validate_pdf_signature(
        signature, _context(roots, signed_at), ts_validation_context=_context(timestamp_roots, _stamped_at(signature))
    )
    certificate = signature.signer_cert
    whole = _ends_with_its_level(reader, pdf, stamps[-1] if stamps else own) and _is_whole(own, stamps)
    intact = bool(own.intact and own.valid)
    stamped = own.timestamp_validity
    good = _holds(stamped)
    last = stamps[-1] if stamps else stamped
    return SealReport(
        sealed=True,
        intact=intact,
        trusted=bool(own.trusted),
        covers_whole_file=whole,
        modified=not (intact and whole),
        level=_level(reader, own, stamps),
        signer_name=named_in(certificate.subject.native),
        certificate_serial=f"{certificate.serial_number:x}",
        signed_at=signed_at,
        stamped_at=stamped.timestamp if stamped is not None and good else None,
        stamped_by=stamped.signing_cert.subject.native.get("common_name") if stamped is not None and good else None,
        stamps_end_at=last.signing_cert.not_valid_after if last is not None and _holds(last) else None,
        reason=str(signature.sig_object.get("/Reason", "")) or None,
    )


async def _timestamps(reader: PdfFileReader, roots: list[bytes]) -> list[DocumentTimestampStatus]:
    """Return the time stamps over the file; raises when one of them is broken."""
    stamps = []
    for stamp in reader.embedded_timestamp_signatures:
        found = await async_validate_pdf_timestamp(stamp, _context(roots, stamp.self_reported_timestamp))
        if not (found.intact and found.valid):
            raise ValueError("a time stamp over the file is broken")
        stamps.append(found)
    return stamps


def _holds(stamp: TimestampSignatureStatus | None) -> bool:
    return stamp is not None and bool(stamp.intact and stamp.valid and stamp.trusted)


def _stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """Return the time that the stamp on a signature says: it may be later than the seal, and so may its server's certificate."""
    stamp = next(extract_tst_data_iter(signature.signer_info, signed=False), None)
    return stamp["encap_content_info"]["content"].parsed["gen_time"].native if stamp is not None else None


def _ends_with_its_level(reader: PdfFileReader, pdf: bytes, last: PdfSignatureStatus | DocumentTimestampStatus) -> bool:
    """Return whether the file ends with its last seal or stamp, or right behind it with the store of what validates that.

    What pyHanko takes for harmless in a revision after these (a title, objects that nothing names) is no part of any level.
    """
    if last.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    store = reader.embedded_signatures[-1].signed_revision + 1
    if reader.xrefs.total_revisions != store + 1 or not _has_store(reader):
        return False
    return END.fullmatch(pdf, reader.xrefs.get_xref_container_info(store).end_location) is not None


def _is_whole(own: PdfSignatureStatus, stamps: list[DocumentTimestampStatus]) -> bool:
    """Return whether nothing between seal and end changes what the letter says, and each stamp covers what is before it."""
    return own.coverage == SignatureCoverageLevel.ENTIRE_FILE or all(
        each.coverage in (SignatureCoverageLevel.ENTIRE_REVISION, SignatureCoverageLevel.ENTIRE_FILE)
        and each.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
        and each.docmdp_ok is not False
        for each in (own, *stamps)
    )


def _level(reader: PdfFileReader, own: PdfSignatureStatus, stamps: list[DocumentTimestampStatus]) -> SealLevel:
    if stamps:
        return SealLevel.B_LTA
    if own.timestamp_validity is None:
        return SealLevel.B_B
    return SealLevel.B_LT if _has_store(reader) else SealLevel.B_T


def _has_store(reader: PdfFileReader) -> bool:
    """Return whether the file carries what validating its seal needs (a DSS)."""
    try:
        DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return False
    return True


def _context(roots: list[bytes], moment: datetime | None) -> ValidationContext:
    return ValidationContext(trust_roots=[x509.Certificate.load(root) for root in roots], allow_fetching=False, moment=moment)
