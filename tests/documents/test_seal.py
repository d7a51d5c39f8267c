"""The company's seal: every changed bit inside the sealed bytes is found, and strangers' tools agree that it holds (C9, A26)."""

import hashlib
import random
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plumb_platform import clock
from plumb_platform.documents.company_key import CompanyKey, make_company_key, renew_seal
from plumb_platform.documents.key_vault import KeyLocked, KeyVault
from plumb_platform.documents.seal import OpenedKey, SealExpired, seal_pdf
from plumb_platform.documents.seal_inspection import SealReport, inspect_seal
from plumb_platform.documents.seal_level import SealLevel
from support.letter_samples import COMPANY, SEALED_AT, VAULT, SealedLetter


def opened(key: CompanyKey) -> OpenedKey:
    return OpenedKey(key, company_id="company-1", vault=VAULT)


def told_by_pdfsig(pdf: bytes, folder: Path) -> str:
    """Return what pdfsig says, which cuts long names in the middle of a character."""
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdfsig", str(file)], capture_output=True, check=False).stdout.decode(errors="replace")


def unsigned_range(pdf: bytes) -> range:
    """Return where the signature itself stands: the only bytes that it does not cover."""
    numbers = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)[-1]
    return range(int(numbers[1]), int(numbers[2]))


def flipped(pdf: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(pdf)
    changed[position] ^= 1 << bit
    return bytes(changed)


async def test_each_of_300_flipped_bits_is_found(letter: SealedLetter) -> None:
    chance = random.Random(20260105)  # a fixed choice of positions
    digest = hashlib.sha256(letter.sealed).hexdigest()
    gap = unsigned_range(letter.sealed)
    for _ in range(300):
        position = chance.randrange(len(letter.sealed))
        changed = flipped(letter.sealed, position, chance.randrange(8))
        report = await inspect_seal(changed, [letter.root])
        assert hashlib.sha256(changed).hexdigest() != digest
        assert position in gap or not report.valid, f"bit at {position} went unnoticed"


async def test_bytes_after_the_end_are_found(letter: SealedLetter) -> None:
    report = await inspect_seal(letter.sealed + b"\n% one more line", [letter.root])
    assert not report.valid
    assert report.modified
    assert not report.covers_whole_file


async def test_a_cut_file_is_found(letter: SealedLetter) -> None:
    assert not (await inspect_seal(letter.sealed[:-40], [letter.root])).valid


async def test_a_seal_under_another_root_is_not_trusted(letter: SealedLetter) -> None:
    stranger = make_company_key(COMPANY, company_id="company-2", vault=VAULT)
    report = await inspect_seal(letter.sealed, [stranger.root_certificate])
    assert report.intact
    assert not report.trusted
    assert not report.valid


@pytest.mark.parametrize("pdf", [b"", b"no pdf at all", b"%PDF-1.7\n" + b"\x00" * 400, b"%PDF-1.7\nstartxref\n9999999\n%%EOF"])
async def test_a_file_that_is_no_pdf_has_no_valid_seal(pdf: bytes) -> None:
    report = await inspect_seal(pdf, [])
    assert not report.valid
    assert report.signer_name is None


async def test_an_unsealed_letter_says_so(letter: SealedLetter) -> None:
    assert await inspect_seal(letter.plain, [letter.root]) == SealReport()


async def test_an_expired_certificate_seals_nothing(letter: SealedLetter, company_key: CompanyKey) -> None:
    with pytest.raises(SealExpired):
        await seal_pdf(letter.plain, opened(company_key), signed_at=datetime(2036, 1, 1, tzinfo=UTC))


def test_a_key_opens_neither_with_another_secret_nor_as_another_company(company_key: CompanyKey) -> None:
    with pytest.raises(KeyLocked):
        OpenedKey(company_key, company_id="company-1", vault=KeyVault(bytes(32)))
    with pytest.raises(KeyLocked):
        OpenedKey(company_key, company_id="company-2", vault=VAULT)
    with pytest.raises(KeyLocked):
        opened(replace(company_key, seal_key=company_key.seal_key[:-1]))


def test_the_stored_key_is_not_readable(company_key: CompanyKey) -> None:
    assert b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" not in company_key.seal_key + company_key.root_key


async def test_an_untouched_letter_is_valid_and_names_signer_and_time(letter: SealedLetter, company_key: CompanyKey) -> None:
    assert await inspect_seal(letter.sealed, [letter.root]) == SealReport(
        sealed=True,
        intact=True,
        trusted=True,
        covers_whole_file=True,
        modified=False,
        level=SealLevel.B_B,
        signer_name=COMPANY,
        certificate_serial=company_key.serial,
        signed_at=SEALED_AT,
        reason="目标责任书",
    )


async def test_a_letter_stays_valid_after_its_certificate_ended_and_the_seal_was_renewed(
    letter: SealedLetter, company_key: CompanyKey
) -> None:
    with clock.clock_at(datetime(2030, 1, 1, tzinfo=UTC)):
        renewed = renew_seal(company_key, COMPANY, company_id="company-1", vault=VAULT)
        again = await seal_pdf(letter.plain, opened(renewed))
        assert (await inspect_seal(again, [letter.root])).certificate_serial == renewed.serial
        assert (await inspect_seal(again, [letter.root])).valid
        assert (await inspect_seal(letter.sealed, [letter.root])).valid
    assert renewed.root_certificate == company_key.root_certificate
    assert renewed.serial != company_key.serial


def test_pdfsig_and_qpdf_find_the_letter_sound(letter: SealedLetter, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter.sealed)
    signature = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=True).stdout
    assert "Signature Validation: Signature is Valid." in signature
    assert "Total document signed" in signature
    assert "Signature Type: ETSI.CAdES.detached" in signature
    assert f"Signer Certificate Common Name: {COMPANY}" in signature
    check = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors found" in check.stdout
    assert check.stderr == ""


LONG_NAMES = (
    "中国华康国际医疗器械与体外诊断试剂研发生产销售（集团）股份有限公司",
    "H" * 64,
    "Huakang " * 24 + "Co. Ltd",
    "中" * 200,
)


@pytest.mark.parametrize("company", LONG_NAMES)
async def test_a_company_with_a_long_name_has_a_key_and_its_seal_says_the_whole_name(
    letter: SealedLetter, company: str, tmp_path: Path
) -> None:
    """A common name has 64 bytes at most: a Chinese company name of 22 characters had no key, and so no company."""
    with clock.clock_at(SEALED_AT):
        key = renew_seal(make_company_key(company, company_id="long", vault=VAULT), company, company_id="long", vault=VAULT)
    opened_key = OpenedKey(key, company_id="long", vault=VAULT)
    sealed = await seal_pdf(letter.plain, opened_key, signed_at=SEALED_AT)
    said = await inspect_seal(sealed, [key.root_certificate])
    assert (said.signer_name, said.intact, said.trusted, said.modified) == (company, True, True, False)
    assert "Signature is Valid" in told_by_pdfsig(sealed, tmp_path)
