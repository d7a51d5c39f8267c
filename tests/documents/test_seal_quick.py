"""Seals of our own writing: they say what pyHanko's would, hold for strangers, and leave every other form of PDF to pyHanko."""

import io
import random
import subprocess
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import typst
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.pdf_syntax import OtherForm
from plumb_platform.documents.quick_seal import seal_quickly
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.seal_inspection import inspect_seal
from support.letter_samples import COMPANY, SEALED_AT, VAULT, SealedLetter

HOSTILE = (
    "trailer",
    "startxref",
    "endobj",
    "%%EOF",
    "/AcroForm",
    "1 0 obj",
    ">>",
    "<<",
    "]",
    ")",
    "(",
    "\\",
    "目标",
    "%",
)
EMPTY_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"


@dataclass
class Written:
    """A PDF written by hand, one revision with a table; each part can be told to be odd."""

    catalog: bytes = b""
    page: bytes = EMPTY_PAGE
    trailer: bytes = b"/ID[(a)(b)]"
    header: bytes = b"%PDF-1.7\n"
    end: bytes = b""

    def pdf(self) -> bytes:
        objects = (b"<</Type/Catalog/Pages 2 0 R%s>>" % self.catalog, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", self.page)
        written, rows = bytearray(self.header), b"0000000000 65535 f \n"
        for number, content in enumerate(objects, start=1):
            rows += b"%010d 00000 n \n" % len(written)
            written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        at = len(written)
        written += b"xref\n0 4\n%strailer\n<</Size 4/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (rows, self.trailer, at)
        return bytes(written) + self.end


OTHER_FORMS = {
    "a form already": Written(catalog=b"/AcroForm<</Fields[]>>"),
    "a name that is escaped": Written(catalog=b"/Acro#46orm<</Fields[]>>"),
    "a name that is there twice": Written(catalog=b"/Lang(zh)/Lang(en)"),
    "a comment": Written(catalog=b"/Lang(zh)%>>\n"),
    "a string with brackets in it": Written(catalog=b"/Lang(z(h))"),
    "brackets that do not match": Written(catalog=b"/Names<</A[(x)<</B 1]>>>>"),
    "brackets within brackets, deeper than a letter has them": Written(catalog=b"/Names<</A<</B<</C<</D[1]>>>>>>>>"),
    "annotations elsewhere": Written(page=EMPTY_PAGE[:-2] + b"/Annots 4 0 R>>"),
    "a page that is none": Written(page=b"<</Type/Template>>"),
    "a revision before": Written(trailer=b"/ID[(a)(b)]/Prev 9"),
    "a second table": Written(trailer=b"/ID[(a)(b)]/XRefStm 9"),
    "encryption": Written(trailer=b"/ID[(a)(b)]/Encrypt 3 0 R"),
    "no identifier": Written(trailer=b""),
    "half an identifier": Written(trailer=b"/ID[(a)]"),
    "another version": Written(header=b"%PDF-2.0\n"),
    "bytes before it": Written(header=b"\n%PDF-1.7\n"),
    "bytes after it": Written(end=b"\n%"),
    "an offset longer than any file": Written(end=b"startxref\n%s\n%%%%EOF\n" % (b"9" * 30)),
}


@pytest.fixture(scope="session")
def key(company_key: CompanyKey) -> OpenedKey:
    return OpenedKey(company_key, company_id="company-1", vault=VAULT)


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> typst.Compiler:
    file = tmp_path_factory.mktemp("typst") / "letter.typ"
    file.write_text('#set document(title: sys.inputs.text, date: none)\n#sys.inputs.text #link("https://plumb.test")[link]')
    return typst.Compiler(str(file), sys_inputs={"text": ""})


def sealed_at_once(pdf: bytes, key: OpenedKey, *, reason: str = "目标责任书", moment: datetime = SEALED_AT) -> bytes:
    """Seal by our own writer alone."""
    return seal_quickly(pdf, key.cms, field="PlumbSeal", name=key.name, reason=reason, location="深圳", moment=moment)


def typeset(compiler: typst.Compiler, text: str) -> bytes:
    pdf = compiler.compile(format="pdf", sys_inputs={"text": text})
    assert isinstance(pdf, bytes)
    return pdf


def hostile_text(chance: random.Random) -> str:
    return " ".join(chance.choices(HOSTILE, k=12))


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_a_form_that_is_not_known_is_refused_and_not_guessed(form: str, key: OpenedKey) -> None:
    with pytest.raises(OtherForm):
        sealed_at_once(OTHER_FORMS[form].pdf(), key)


@pytest.mark.parametrize("form", ["a string with brackets in it", "a comment", "no identifier", "another version"])
async def test_what_is_refused_pyhanko_seals_at_the_same_level(form: str, key: OpenedKey) -> None:
    sealed = await seal_pdf(OTHER_FORMS[form].pdf(), key, signed_at=SEALED_AT)
    assert (await inspect_seal(sealed, [key.root_certificate])).valid


@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4))
@settings(max_examples=300)
def test_a_broken_file_is_refused_or_sealed_and_nothing_else(
    changes: list[tuple[int, bytes]], letter: SealedLetter, key: OpenedKey
) -> None:
    pdf = bytearray(Written(catalog=b"/Lang(zh)/Names<</A[(x)]>>").pdf() if len(changes) % 2 else letter.plain)
    for place, content in changes:
        # Where the structure is: the last bytes.
        at = len(pdf) - place % min(len(pdf), 2000)
        pdf[at : at + len(content)] = content
    with suppress(OtherForm):
        assert sealed_at_once(bytes(pdf), key).startswith(pdf)


@given(text=st.text(st.sampled_from("".join(HOSTILE) + "\r\n"), max_size=80))
@settings(max_examples=100, deadline=None)
def test_strings_that_look_like_structure_are_kept_as_they_are(text: str, key: OpenedKey) -> None:
    content = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode()
    page = EMPTY_PAGE[:-2] + b"/PieceInfo<</Private(%s)>>/Annots[ ]>>" % content
    sealed = sealed_at_once(Written(catalog=b"/Lang(%s)" % content, page=page).pdf(), key)
    reader = PdfFileReader(io.BytesIO(sealed))
    (signature,) = reader.embedded_signatures
    assert signature.compute_integrity_info() is None
    assert (signature.coverage.name, signature.sig_object.raw_get("/Filter")) == ("ENTIRE_FILE", "/Adobe.PPKLite")
    # A line end within a string is one line feed, however it is written.
    written = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert bytes(pdf.Root.Lang) == bytes(pdf.pages[0].PieceInfo.Private) == written
        assert len(pdf.pages[0].Annots) == 1


async def test_two_hundred_letters_of_both_engines_hold_and_their_signatures_differ_in_length(
    renderer: Renderer, compiler: typst.Compiler, key: OpenedKey
) -> None:
    chance, lengths = random.Random(20261126), Counter[int]()
    for number in range(200):
        text = hostile_text(chance)
        if number % 10 == 0:
            page = f"<html lang=zh><title>{number}</title><p>{text.replace('<', '&lt;')}<a href='https://plumb.test'>{number}</a></p></html>"
            pdf = await renderer.render_pdf(page, identifier=b"%d" % number, created=SEALED_AT)
        else:
            pdf = typeset(compiler, text)
        sealed = sealed_at_once(pdf, key, reason=text, moment=SEALED_AT + timedelta(seconds=number))
        report = await inspect_seal(sealed, [key.root_certificate])
        assert (report.valid, report.reason) == (True, text)
        assert report.signed_at == SEALED_AT + timedelta(seconds=number)
        lengths[len(signer_of(sealed)["signature"].native)] += 1
    assert set(lengths) <= {68, 69, 70, 71, 72}
    assert len(lengths) > 1


async def test_equal_arguments_give_equal_bytes_and_the_door_takes_the_quick_way(letter: SealedLetter, key: OpenedKey) -> None:
    again = await seal_pdf(letter.plain, key, location="深圳", signed_at=SEALED_AT)
    assert again == letter.sealed == sealed_at_once(letter.plain, key)
    assert again != sealed_at_once(letter.plain, key, moment=SEALED_AT + timedelta(seconds=1))


async def test_a_letter_of_many_megabytes_is_sealed_too(key: OpenedKey) -> None:
    large = Written(page=EMPTY_PAGE[:-2] + b"/PieceInfo<</Private(%s)>>>>" % (b"x" * (2 << 20))).pdf()
    assert (await inspect_seal(await seal_pdf(large, key, signed_at=SEALED_AT), [key.root_certificate])).valid


async def test_a_seal_says_what_pyhanko_would_have_said(letter: SealedLetter, key: OpenedKey) -> None:
    # A blank line at the end makes another form of file of it.
    theirs = await seal_pdf(letter.plain + b"\n", key, location="深圳", signed_at=SEALED_AT)
    with pikepdf.open(io.BytesIO(letter.sealed)) as ours, pikepdf.open(io.BytesIO(theirs)) as other:
        assert said(ours) == said(other)
        assert ours.Root.AcroForm.Fields[0] == ours.pages[0].Annots[-1]
        assert ours.trailer.ID[0] == other.trailer.ID[0]
    assert len(letter.sealed) < len(theirs)


def said(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Return what a seal adds, as far as it is the same for every writer."""
    field = pdf.Root.AcroForm.Fields[0]
    seal = {name: value for name, value in field.V.items() if name not in ("/Contents", "/ByteRange")}
    return {
        "catalog": {name: value.unparse() for name, value in pdf.Root.items() if name in ("/Extensions", "/Version")},
        "keys": sorted(pdf.Root.keys()),
        "flags": int(pdf.Root.AcroForm.SigFlags),
        "permission": (int(pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P), pdf.Root.Perms.DocMDP == field.V),
        "widget": {name: str(value) for name, value in field.items() if name not in ("/P", "/V", "/Rect")},
        "place": ([int(each) for each in field.Rect], pdf.pages[0].obj == field.P),
        "seal": {name: value.unparse() if name == "/Reference" else str(value) for name, value in seal.items()},
    }


def signer_of(sealed: bytes) -> cms.SignerInfo:
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    return signature.signer_info


def test_the_cms_names_the_signing_certificate_and_no_time(letter: SealedLetter, company_key: CompanyKey) -> None:
    (signature,) = PdfFileReader(io.BytesIO(letter.sealed)).embedded_signatures
    certificates = {each.chosen.dump() for each in signature.signed_data["certificates"]}
    assert certificates == {company_key.seal_certificate, company_key.root_certificate}
    assert len(signature.signed_data["certificates"]) == 2
    attributes = {each["type"].native: each["values"] for each in signature.signer_info["signed_attrs"]}
    assert list(attributes) == ["content_type", "message_digest", "signing_certificate_v2"]
    owner = signature.signer_cert
    named = attributes["signing_certificate_v2"][0]["certs"][0]
    assert named["cert_hash"].native == owner.sha256
    assert named["issuer_serial"]["serial_number"].native == owner.serial_number
    rebuilt = cms.CMSAttributes([cms.CMSAttribute.load(each.dump()) for each in signature.signer_info["signed_attrs"]])
    assert rebuilt.dump(force=True) == signature.signer_info["signed_attrs"].untag().dump()


async def test_an_update_or_a_cut_after_the_seal_is_found_wherever_it_is(key: OpenedKey) -> None:
    chance, sealed = random.Random(3), sealed_at_once(Written().pdf(), key)
    at = int(sealed.rpartition(b"startxref\n")[2].split()[0])
    for _ in range(200):
        content = chance.choice((b"<<>>", b"null", EMPTY_PAGE, b"<</Type/Catalog/Pages 2 0 R>>", b"(%d)" % chance.randrange(99)))
        number = chance.randrange(1, 8)
        added = b"%d 0 obj\n%s\nendobj\n" % (number, content)
        rows = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(sealed))
        trailer = b"trailer\n<</Size 8/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (at, len(sealed) + len(added))
        assert not (await inspect_seal(sealed + added + rows + trailer, [key.root_certificate])).valid
    for _ in range(40):
        assert not (await inspect_seal(sealed[: -chance.randrange(1, len(sealed))], [key.root_certificate])).valid


def test_strangers_find_a_letter_with_a_table_sound(compiler: typst.Compiler, key: OpenedKey, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(sealed_at_once(typeset(compiler, "目标"), key))
    signature = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=True).stdout
    assert "Signature Validation: Signature is Valid." in signature
    assert "Total document signed" in signature
    assert f"Signer Certificate Common Name: {COMPANY}" in signature
    check = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=True)
    assert (check.stderr, "No syntax or stream encoding errors found" in check.stdout) == ("", True)


def test_a_time_of_another_zone_is_the_same_time(key: OpenedKey) -> None:
    shenzhen = SEALED_AT.astimezone(timezone(timedelta(hours=8)))
    assert sealed_at_once(Written().pdf(), key, moment=shenzhen) == sealed_at_once(Written().pdf(), key)
