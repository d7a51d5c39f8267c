"""The one module that knows pyHanko: a company's PAdES seal on a finished PDF, and the inspection of such seals."""

import asyncio
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.generic import ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from plumb_platform import clock
from plumb_platform.documents.company_key import CompanyKey, unlock
from plumb_platform.errors import Refused

FIELD = "PlumbSeal"
RESERVED_BYTES = 8192
"""Room for the CMS (about 2 kB with two P-256 certificates); naming it spares pyHanko a second, trial signature."""

# An untrusted certificate is an answer here (`trusted=False`), not an incident worth a stack trace in the log.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)


class SealExpired(Refused):
    """The company's seal certificate does not hold at the time of sealing."""

    code = "SEAL_EXPIRED"
    zh = "公司签章证书已于 {expires_at} 到期，请先更新证书。"
    en = "The company's seal certificate ended at {expires_at}; renew it first."


class OpenedKey:
    """A company's sealing key, unlocked once and kept in memory: pyHanko alone would load it for every letter."""

    def __init__(self, key: CompanyKey, *, company_id: str, wrapping_key: bytes) -> None:
        """Unlock `key`; raises KEY_LOCKED."""
        self.expires_at = key.expires_at
        self.serial = key.serial
        self.root_certificate = key.root_certificate
        self.signer = _KeptSigner(key, unlock(key.seal_key, company_id, wrapping_key))


@dataclass(frozen=True, slots=True)
class SealReport:
    """What the seal of a PDF says; False or None wherever the PDF has no readable seal.

    `intact`: the sealed bytes are unchanged and the signature fits them. `trusted`: its certificate leads to one of
    the roots. `covers_whole_file`: nothing was added after sealing. `signed_at` is the sealer's own clock.
    """

    sealed: bool = False
    intact: bool = False
    trusted: bool = False
    covers_whole_file: bool = False
    modified: bool = False
    signer_name: str | None = None
    certificate_serial: str | None = None
    signed_at: datetime | None = None
    reason: str | None = None

    @property
    def valid(self) -> bool:
        """Return whether the seal holds. Its own padding is not signed: compare the whole file's SHA-256 as well."""
        return self.sealed and self.intact and self.trusted and self.covers_whole_file


async def seal_pdf(
    pdf: bytes,
    key: OpenedKey,
    *,
    reason: str = "目标责任书",
    location: str | None = None,
    signed_at: datetime | None = None,
) -> bytes:
    """Return `pdf` with the company's certifying PAdES B-B signature (ETSI EN 319 142-1), no change allowed after it.

    `signed_at` is aware and defaults to the clock. Raises SEAL_EXPIRED.
    """
    moment = signed_at or clock.now()
    if moment > key.expires_at:
        raise SealExpired(expires_at=key.expires_at.isoformat(timespec="seconds"))
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        location=location,
        name=key.signer.subject_name,
    )
    return await asyncio.to_thread(_sealed, pdf, PdfSigner(metadata, signer=key.signer), moment)


async def inspect_seal(pdf: bytes, trusted_roots: Sequence[bytes]) -> SealReport:
    """Return what the last seal of `pdf` says, judged by `trusted_roots` (DER); never raises for a broken file."""
    return await asyncio.to_thread(_inspected, pdf, list(trusted_roots))


class _KeptSigner(Signer):
    def __init__(self, key: CompanyKey, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        certificate = x509.Certificate.load(key.seal_certificate)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves its __init__ unannotated
        store.register_multiple([certificate, x509.Certificate.load(key.root_certificate)])
        super().__init__(signing_cert=certificate, cert_registry=store)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002  # pyHanko passes them
        return self._private_key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


class _SteadyWriter(IncrementalPdfFileWriter):
    """Adds neither chance nor the machine's time: equal PDF, key and moment give equal bytes, so that a retry doubles no file."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        self._document_id[1] = ByteStringObject(hashlib.sha256(pdf).digest()[:16])

    def _update_meta(self) -> None:
        """Leave the metadata as rendered."""


def _sealed(pdf: bytes, signer: PdfSigner, moment: datetime) -> bytes:
    return asyncio.run(_sign(pdf, signer, moment))


async def _sign(pdf: bytes, signer: PdfSigner, moment: datetime) -> bytes:
    """Do what `async_sign_pdf` does, which would take the machine's clock and local zone."""
    writer = _SteadyWriter(pdf)
    session = signer.init_signing_session(writer)
    session.system_time = moment
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=RESERVED_BYTES)
    sealed = io.BytesIO()
    digest, output = prepared.digest_tbs_document(output=sealed)
    signed = await prepared.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=moment),
    )
    await signed.post_signature_processing(output)
    return sealed.getvalue()


def _inspected(pdf: bytes, trusted_roots: list[bytes]) -> SealReport:
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not signatures:
            return SealReport()
        return asyncio.run(_report(signatures[-1], trusted_roots))
    except Exception:  # noqa: BLE001  # whatever a changed byte does to the structure, the answer to it is the same
        return SealReport(sealed=True, modified=True)


async def _report(signature: EmbeddedPdfSignature, trusted_roots: list[bytes]) -> SealReport:
    signed_at = signature.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in trusted_roots],
        allow_fetching=False,
        moment=signed_at,
    )
    status: PdfSignatureStatus = await async_validate_pdf_signature(signature, context)
    certificate = signature.signer_cert
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    intact = bool(status.intact and status.valid)
    return SealReport(
        sealed=True,
        intact=intact,
        trusted=bool(status.trusted),
        covers_whole_file=whole,
        modified=not (intact and whole),
        signer_name=certificate.subject.native.get("common_name"),
        certificate_serial=f"{certificate.serial_number:x}",
        signed_at=signed_at,
        reason=str(signature.sig_object.get("/Reason", "")) or None,
    )
