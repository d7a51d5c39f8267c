"""PDFs that a stranger sealed with a key of their own, around bytes of choice: what a verifier reads of anybody."""

import hashlib

from plumb_platform.clock import now
from plumb_platform.documents.company_key import CompanyKey, make_company_key
from plumb_platform.documents.seal import OpenedKey
from support.companies import VAULT

COMPANY_ID = "strangers"


def stranger(name: str = "别的公司") -> CompanyKey:
    """Return the key of a company that nobody knows."""
    return make_company_key(name, company_id=COMPANY_ID, vault=VAULT)


def sealed_by(key: CompanyKey, content: bytes, *, moment: str = "", start: int = 0, behind: bytes = b"") -> bytes:
    """Return a PDF of these bytes, sealed by the key over all of it; `moment` is when it says so (`D:20261128120000Z`).

    It says that it begins at `start`, and `behind` stands in the seal's place after the signature.
    """
    cms = OpenedKey(key, company_id=COMPANY_ID, vault=VAULT).cms
    said = (moment or now().strftime("D:%Y%m%d%H%M%SZ")).encode()
    room = 2 * cms.most_bytes + len(behind)
    before = b"%PDF-1.7\n" + content + b"\n9 0 obj\n<</Type/Sig/Contents "
    gap = len(before), len(before) + room + 2
    ending = b"/M(%s)>>\nendobj\n%%%%EOF\n" % said
    width = 60
    after = (b"/ByteRange [%d %d %d %d]" % (start, *gap, width + len(ending))).ljust(width) + ending
    digest = hashlib.sha256(before + after).digest()
    return before + b"<" + (cms.over(digest).hex().encode().ljust(room - len(behind), b"0") + behind) + b">" + after
