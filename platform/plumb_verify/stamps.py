"""The time stamp (RFC 3161) on a signature: when it was made, and whether its server leads to a root that is given."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from plumb_verify.signatures import DIGESTS, Broken, Signer, leads_to, signed_by, values

TIME_STAMP = bytes.fromhex("2a864886f70d010910020e")
LONGEST_PATH = 8


@dataclass(frozen=True)
class Stamp:
    """The time that a stamp says, and who says it."""

    at: datetime
    by: str


def stamp_of(signer: Signer, roots: Sequence[bytes]) -> Stamp | None:
    """Return the stamp on a seal's signature, or None; as `stamp_on`."""
    found = signer.unsigned.get(TIME_STAMP)
    return None if found is None else stamp_on(found.whole, signer.signature, roots)


def stamp_on(token: bytes, signature: bytes, roots: Sequence[bytes]) -> Stamp:
    """Return the stamp that a token is; raises Broken for one of another signature, or of a server that leads to none of `roots`.

    Roots are DER. Without roots its server is not judged: anybody could have made the stamp, for no signature covers it.
    """
    server = signed_by(token, None)
    information = values(values(server.inner)[0].body)
    imprint = values(information[2].body)
    if imprint[1].body != hashlib.new(DIGESTS[values(imprint[0].body)[0].body].name, signature).digest():
        raise Broken("the time stamp is on another signature")
    text = next(each.body for each in information if each.tag == 0x18).decode()
    at = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if roots:
        _judge(server, [x509.load_der_x509_certificate(root) for root in roots], at)
    return Stamp(at, server.certificate.subject.rfc4514_string())


def _judge(server: Signer, roots: Sequence[x509.Certificate], at: datetime) -> None:
    """Raise Broken unless the server's certificate is one for time stamps (RFC 3161, 2.3) that held and leads to a root."""
    if not _stamps_time(server.certificate):
        raise Broken("the time stamp was made with a certificate that is not for time stamps")
    certificate, others = server.certificate, list(server.others)
    for _ in range(LONGEST_PATH):
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            break
        if any(leads_to(certificate, root) for root in roots):
            return
        above = next((each for each in others if _may_issue(each) and leads_to(certificate, each)), None)
        if above is None:
            break
        others.remove(above)
        certificate = above
    raise Broken("the time stamp's certificate does not lead to a root that is given for time stamps")


def _stamps_time(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
