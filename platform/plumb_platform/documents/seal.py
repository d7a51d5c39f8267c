"""A company's PAdES seal on a finished PDF: B-B, B-T, B-LT or B-LTA, and the next time stamp of a B-LTA file (A26)."""

import asyncio
import hashlib
import io
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from asn1crypto import crl, x509
from pyhanko.pdf_utils.generic import ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from plumb_platform import clock
from plumb_platform.documents.company_key import CompanyKey, named_in, owner_of, revocation_list, signed_by
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.pdf_syntax import OtherForm
from plumb_platform.documents.quick_seal import seal_quickly
from plumb_platform.documents.seal_cms import SealCms
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from plumb_platform.documents.timestamps import HttpTimeStamper
from plumb_platform.errors import Refused

FIELD = "PlumbSeal"
RESERVED_DIGITS = 8192
"""Hexadecimal digits of room for the CMS (about 2 kB with two P-256 certificates); naming it spares a trial signature."""
TIMESTAMP_DIGITS = 24576
"""Room for a time stamp besides: servers that send whole chains along need 4 to 8 kB."""

SEALED_AT_ONCE = 1 << 20
"""Up to so many bytes a seal takes less time than handing it to a thread; a key in a token may let one wait."""


class SealExpired(Refused):
    """The company's seal certificate does not hold at the time of sealing."""

    code = "SEAL_EXPIRED"
    zh = "公司签章证书已于 {expires_at} 到期，请先更新证书。"
    en = "The company's seal certificate ended at {expires_at}; renew it first."


class OpenedKey:
    """A company's sealing key, unlocked once and kept in memory: pyHanko alone would load it for every letter."""

    def __init__(self, key: CompanyKey, *, company_id: str, vault: KeyVault) -> None:
        """Open `key`; raises KEY_LOCKED, KEY_UNFIT, TOKEN_UNAVAILABLE."""
        self.expires_at = key.expires_at
        self.serial = key.serial
        self.root_certificate = key.root_certificate
        self._private_key, self._owner = vault.open(key.seal_key, company_id), owner_of(key.seal_certificate)
        self.signer = _KeptSigner(key, self.sign)
        self.in_token = vault.is_in_token(key.seal_key)
        self.name = named_in(x509.Certificate.load(key.seal_certificate).subject.native) or ""
        self.cms = SealCms(key.seal_certificate, key.root_certificate, self.sign)
        self._stored, self._company_id, self._vault = key, company_id, vault

    def sign(self, content: bytes) -> bytes:
        """Return the bare signature over `content`, by ECDSA with SHA-256; raises KEY_UNFIT."""
        return signed_by(self._private_key, self._owner, content)

    def revocations(self) -> bytes:
        """Return the root's present list of revoked certificates (DER)."""
        return revocation_list(self._stored, company_id=self._company_id, vault=self._vault)


@dataclass(frozen=True, slots=True)
class Stamping:
    """Which level a seal is to reach, and the server that stamps the time from B-T on."""

    level: SealLevel
    servers: TimestampServers
    server: str


async def seal_pdf(
    pdf: bytes,
    key: OpenedKey,
    *,
    reason: str = "目标责任书",
    location: str | None = None,
    signed_at: datetime | None = None,
    stamping: Stamping | None = None,
    stamped_later: bool = False,
) -> bytes:
    """Return `pdf` with the company's certifying PAdES signature (ETSI EN 319 142-1), no change allowed after it.

    Without `stamping` the level is B-B, and equal arguments give equal bytes; `stamped_later` leaves room for a time stamp in it
    (`late_stamp`). `signed_at` is aware and defaults to the clock.
    Raises SEAL_EXPIRED, KEY_UNFIT, TIMESTAMP_UNAVAILABLE.
    """
    moment = signed_at or clock.now()
    if moment > key.expires_at:
        raise SealExpired(expires_at=key.expires_at.isoformat(timespec="seconds"))
    if stamping is None or stamping.level is SealLevel.B_B:
        said = {"field": FIELD, "name": key.name, "reason": reason, "location": location or ""}
        spare = TIMESTAMP_DIGITS if stamped_later else 0
        seal = partial(seal_quickly, pdf, key.cms, moment=moment, spare=spare, **said)
        with suppress(OtherForm):
            return await asyncio.to_thread(seal) if key.in_token or len(pdf) > SEALED_AT_ONCE else seal()
        stamping = None
    room = RESERVED_DIGITS + (TIMESTAMP_DIGITS if stamping or stamped_later else 0)
    return await asyncio.to_thread(asyncio.run, _signed(pdf, _signer(key, reason, location, stamping), moment, room))


async def stamp_again(
    pdf: bytes, *, trusted_roots: tuple[bytes, ...], servers: TimestampServers, server: str, ends_at: datetime
) -> bytes:
    """Return a B-LTA file with one more time stamp over all of it, before the certificate of the last one ends at `ends_at`.

    The last stamp must still hold, and the new one hold longer. Raises TIMESTAMP_UNAVAILABLE, TIMESTAMP_ENDS_TOO_SOON.
    """
    stamper = HttpTimeStamper(servers, server)
    return await asyncio.to_thread(asyncio.run, _stamped_again(pdf, (*trusted_roots, *servers.roots), stamper, ends_at))


class _KeptSigner(Signer):
    def __init__(self, key: CompanyKey, sign: Callable[[bytes], bytes]) -> None:
        self._sign = sign
        certificate = x509.Certificate.load(key.seal_certificate)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves its __init__ unannotated
        store.register_multiple([certificate, x509.Certificate.load(key.root_certificate)])
        super().__init__(signing_cert=certificate, cert_registry=store)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002  # pyHanko passes them
        return self._sign(data)


def _signer(key: OpenedKey, reason: str, location: str | None, stamping: Stamping | None) -> PdfSigner:
    kept = stamping is not None and stamping.level in (SealLevel.B_LT, SealLevel.B_LTA)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        location=location,
        name=key.name,
        embed_validation_info=kept,
        use_pades_lta=stamping is not None and stamping.level is SealLevel.B_LTA,
        validation_context=sealing_context(key, stamping) if kept and stamping else None,
    )
    stamper = HttpTimeStamper(stamping.servers, stamping.server) if stamping else None
    return PdfSigner(metadata, signer=key.signer, timestamper=stamper)


class SteadyWriter(IncrementalPdfFileWriter):
    """Adds neither chance nor the machine's time: equal PDF, key and moment give equal bytes, so that a retry doubles no file."""

    def __init__(self, pdf: bytes) -> None:
        """Take the file that is written on."""
        super().__init__(io.BytesIO(pdf))
        self._document_id[1] = ByteStringObject(hashlib.sha256(pdf).digest()[:16])

    def _update_meta(self) -> None:
        """Leave the metadata as rendered."""


class _NoFetchingNoted(logging.Filter):
    """pyHanko warns that nothing is fetched; what validating needs is at hand here."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "fetching is not allowed" not in str(record.msg)


logging.getLogger("pyhanko.sign.signers.pdf_signer").addFilter(_NoFetchingNoted())


def sealing_context(key: OpenedKey, stamping: Stamping) -> ValidationContext:
    """Return what the seal of a key and its stamp are judged by now: both roots, and the list of revoked certificates."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in (key.root_certificate, *stamping.servers.roots)],
        crls=[crl.CertificateList.load(key.revocations())],
        allow_fetching=False,
        moment=clock.now(),
    )


async def _signed(pdf: bytes, signer: PdfSigner, moment: datetime, room: int) -> bytes:
    """Do what `async_sign_pdf` does, which would take the machine's clock and local zone."""
    writer = SteadyWriter(pdf)
    session = signer.init_signing_session(writer)
    session.system_time = moment
    information = await session.perform_presign_validation(writer)
    prepared = session.prepare_tbs_document(validation_info=information, bytes_reserved=room)
    sealed = io.BytesIO()
    digest, output = prepared.digest_tbs_document(output=sealed)
    signed = await prepared.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=moment),
    )
    await signed.post_signature_processing(output)
    return sealed.getvalue()


async def _stamped_again(pdf: bytes, roots: tuple[bytes, ...], stamper: HttpTimeStamper, ends_at: datetime) -> bytes:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots], allow_fetching=False, moment=clock.now()
    )
    await stamper.refuse_ending(ends_at)
    reader, stamped = PdfFileReader(io.BytesIO(pdf)), io.BytesIO()
    try:
        # pyHanko looks at the last stamp for its algorithm, and goes on whether it holds or not.
        last = [await async_validate_pdf_timestamp(each, context) for each in reader.embedded_timestamp_signatures[-1:]]
        if not all(each.intact and each.valid and each.trusted for each in last):
            raise SignatureValidationError("the last stamp does not hold now")
        await PdfTimeStamper(stamper).async_update_archival_timestamp_chain(reader, context, in_place=False, output=stamped)
    except (SigningError, SignatureValidationError) as problem:
        raise TimestampUnavailable(server=stamper.name, reason="last stamp does not hold") from problem
    return stamped.getvalue()
