"""What the offline verifier asks of roots, of servers that stamp time, and of what stands beside a seal (N16)."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plumb_platform.clock import now
from plumb_platform.documents.anchors import make_anchor, stamped
from plumb_platform.documents.company_key import CompanyKey
from plumb_verify.anchors import read_anchors
from plumb_verify.canonical import canonical
from plumb_verify.files import Options, verify
from plumb_verify.revocations import not_revoked
from plumb_verify.signatures import Broken, Signer
from plumb_verify.stamps import _judge
from support.companies import VAULT
from support.strange_files import COMPANY_ID, sealed_by, stranger
from support.timestamp_server import stamp_server

KEY = stranger()
Private = ec.EllipticCurvePrivateKey
GOALS = {
    "schema": "plumb.letter/1",
    "number": "ZRS-1",
    "company": {"name": "别的公司"},
    "parties": {"employee": {"name": "张伟"}},
}
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


def embedding(content: bytes, *, stated: str | None = None) -> bytes:
    """Return the part of a PDF that embeds a file, with the digest that is stated of it."""
    digest = hashlib.sha256(content).hexdigest() if stated is None else stated
    head = b"1 0 obj\n<</Type/Filespec/Desc(SHA-256 %s)>>\nendobj\n2 0 obj\n<</Type/EmbeddedFile>>stream\n" % digest.encode()
    return head + content + b"\nendstream\nendobj\n"


def broken(content: bytes, *roots: bytes) -> str:
    with pytest.raises(Broken) as refused:
        verify(content, Options(list(roots)))
    return str(refused.value)


def test_what_is_embedded_is_taken_only_beside_its_digest_and_in_its_one_form() -> None:
    goals = canonical(GOALS)
    said = verify(sealed_by(KEY, embedding(goals)), Options([KEY.root_certificate]))
    assert (said["number"], said["signers"], said["company"]) == ("ZRS-1", ["张伟"], "别的公司")
    spaced = json.dumps(GOALS, ensure_ascii=False).encode()
    twice = goals[:-1] + b',"number":"ZRS-2"}'
    for content in (embedding(goals, stated="0" * 64), embedding(goals, stated=""), embedding(spaced), embedding(twice)):
        assert broken(sealed_by(KEY, content), KEY.root_certificate) == "what is embedded was changed"


def test_nothing_but_zeros_stands_behind_a_seal_and_it_covers_the_file_from_its_first_byte() -> None:
    content = embedding(canonical(GOALS))
    assert verify(sealed_by(KEY, content, behind=b"0" * 64), Options())["number"] == "ZRS-1"
    assert broken(sealed_by(KEY, content, behind=b"0" * 63 + b"1")) == "something else stands in the seal's place"
    assert broken(sealed_by(KEY, content, start=1)) == "the seal does not cover the file up to its own place"


@pytest.mark.parametrize("moment", ["D\\07220200101000000Z", "D\\07220200101000000+08\\04700\\047"])
def test_a_time_is_read_however_its_string_is_written(moment: str) -> None:
    said = broken(sealed_by(KEY, embedding(canonical(GOALS)), moment=moment), KEY.root_certificate)
    assert said.startswith("the certificate of the seal did not hold at 20")


def issued(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, **how: object
) -> x509.Certificate:
    """Return a certificate of ten days; `how` says whether it is an authority (`ca`), for what it is (`usage`), and `at` when."""
    by_name, own_name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (issuer, name))
    at = how.get("at", now())
    assert isinstance(at, datetime)
    ends = at - timedelta(days=1), at + timedelta(days=9)
    made = x509.CertificateBuilder(by_name, own_name, key.public_key(), x509.random_serial_number(), *ends)
    if "ca" in how:
        made = made.add_extension(x509.BasicConstraints(ca=bool(how["ca"]), path_length=None), critical=True)
    if isinstance(usage := how.get("usage"), x509.ExtendedKeyUsage):
        made = made.add_extension(usage, critical=bool(how.get("critical", True)))
    return made.sign(by, hashes.SHA256())


def test_a_server_is_trusted_by_a_path_of_authorities_that_held_when_it_stamped() -> None:
    root_key, middle_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = issued("root", "root", root_key, root_key, ca=True)
    middle = issued("middle", "root", middle_key, root_key, ca=True)
    direct = issued("tsa", "root", key, root_key, usage=STAMPING)
    below = issued("tsa", "middle", key, middle_key, usage=STAMPING)
    earlier = now() - timedelta(days=30)

    def judged(server: x509.Certificate, *others: x509.Certificate, at: datetime | None = None) -> bool:
        try:
            _judge(Signer(server, list(others), b"", {}, b""), [root], at or now())
        except Broken:
            return False
        return True

    assert judged(direct)
    assert judged(below, middle)
    wide = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING])
    refused = {
        "a path that lacks its middle": judged(below),
        "a middle that is no authority": judged(below, issued("middle", "root", middle_key, root_key, ca=False)),
        "a middle that does not say so": judged(below, issued("middle", "root", middle_key, root_key)),
        "a middle that had ended": judged(below, issued("middle", "root", middle_key, root_key, ca=True, at=earlier)),
        "a server that had ended": judged(issued("tsa", "root", key, root_key, usage=STAMPING, at=earlier)),
        "a time of before": judged(direct, at=earlier),
        "a time to come": judged(direct, at=now() + timedelta(days=30)),
        "no word of stamps": judged(issued("tsa", "root", key, root_key)),
        "a word that may be passed over": judged(issued("tsa", "root", key, root_key, usage=STAMPING, critical=False)),
        "other uses besides": judged(issued("tsa", "root", key, root_key, usage=wide)),
        "another's key": judged(issued("tsa", "root", key, middle_key, usage=STAMPING)),
    }
    assert {name for name, is_trusted in refused.items() if is_trusted} == set()


def test_what_came_along_is_a_root_only_if_it_stands_for_itself() -> None:
    above = ec.generate_private_key(ec.SECP256R1())
    own = x509.load_der_x509_certificate(KEY.root_certificate)
    crossed = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "above")]),
        own.subject,
        own.public_key(),
        own.serial_number,
        own.not_valid_before_utc,
        own.not_valid_after_utc,
    ).sign(above, hashes.SHA256())
    key = replace(KEY, root_certificate=crossed.public_bytes(serialization.Encoding.DER))
    content = sealed_by(key, embedding(canonical(GOALS)))
    assert broken(content) == "the seal's certificate does not lead to the root"
    assert verify(content, Options([KEY.root_certificate]))["number"] == "ZRS-1"


def stated(schema: str, **said: object) -> bytes:
    return make_anchor({"schema": schema, **said}, KEY, company_id=COMPANY_ID, vault=VAULT)


def report(by: CompanyKey, *, rows: int, listed: int = 1) -> bytes:
    """Return a report of retention that lists one letter, or as many as are said, and counts so many rows."""
    said = {
        "schema": "plumb.retention/1",
        "company": {"name": "别的公司"},
        "run": {"id": "1", "kind": "DUE"},
        "made_at": "2026-11-28T00:00:00Z",
        "counts": {"LETTER": {"rows": rows}},
        "destroyed": [{"category": "LETTER", "sha256": "0" * 64}] * listed,
    }
    return make_anchor(said, by, company_id=COMPANY_ID, vault=VAULT)


def test_a_report_counts_what_it_lists_and_stands_under_the_root_of_its_seal() -> None:
    assert verify(report(KEY, rows=1), Options([KEY.root_certificate]))["counts"] == {"LETTER": {"rows": 1}}
    assert broken(report(KEY, rows=2)) == "the counts of LETTER are not those of what is listed"
    other = stranger("又一家公司")
    assert verify(sealed_by(KEY, embedding(report(KEY, rows=1))), Options())["kind"] == "printed retention report"
    both = [KEY.root_certificate, other.root_certificate]
    assert "under different roots" in broken(sealed_by(KEY, embedding(report(other, rows=1))), *both)


def test_a_report_is_known_however_much_it_lists_before_it_says_what_it_is() -> None:
    content = report(KEY, rows=20_000, listed=20_000)
    assert content.find(b'"schema"') > 1 << 20
    assert verify(content, Options([KEY.root_certificate]))["counts"] == {"LETTER": {"rows": 20_000}}
    assert broken(content.replace(b"0", b"1", 1), KEY.root_certificate)
    both = verify(sealed_by(KEY, embedding(content)), Options([KEY.root_certificate]))
    assert (both["kind"], both["report_sha256"]) == ("printed retention report", hashlib.sha256(content).hexdigest())


def test_a_statement_of_one_kind_is_none_of_another() -> None:
    for schema in ("plumb.revocations/1", "plumb.retention/1", "plumb.anchor/2"):
        with pytest.raises(Broken, match="what is signed is not an anchor"):
            read_anchors([stated(schema)], [], [])
    with pytest.raises(Broken, match="what is signed is not a list of revoked letters"):
        not_revoked("0" * 64, stated("plumb.anchor/1", revoked=[]), x509.load_der_x509_certificate(KEY.root_certificate), [])


async def test_the_stamp_of_an_anchor_is_on_its_own_signature_and_by_a_server_that_is_trusted() -> None:
    said = {"company": {"id": "c"}, "snapshot": {}, "audit": {"number": 0, "hash": ""}, "signed_at": "2026-11-28T00:00:00Z"}
    bare = [stated("plumb.anchor/1", **said, turn=turn) for turn in range(2)]
    with stamp_server(made_at=now()) as tsa:
        made = [await stamped(each, tsa.servers, next(iter(tsa.servers.urls))) for each in bare]
    (found,) = read_anchors(made[:1], [KEY.root_certificate], [tsa.root])
    assert found.stamped_at is not None
    assert read_anchors(bare[:1], [], [tsa.root])[0].stamped_at is None
    swapped = canonical(json.loads(made[0]) | {"timestamp": json.loads(made[1])["timestamp"]})
    for content, roots, words in (
        (swapped, [tsa.root], "another signature"),
        (made[0], [KEY.root_certificate], "lead to a root"),
    ):
        with pytest.raises(Broken, match=words):
            read_anchors([content], [], roots)
