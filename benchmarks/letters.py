"""Letters per second on two processes, rendered, proved and sealed, beside WeasyPrint and pyHanko as they come.

    python benchmarks/letters.py [--letters 20] [--rounds 2] [--rare]

Both sides make the same letters in the same run, in turns, so that the ratio holds on a noisy machine; CPU seconds of all
processes stand beside it. With --rare each letter has a name that only the whole font can draw. The goals it is held
against are L1, L3 and L4 of the performance page; no figure here is asserted by a test.
"""

import argparse
import asyncio
import io
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from plumb_platform.documents.company_key import make_company_key
from plumb_platform.documents.glyph_proof import prove_glyphs, visible_text
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.letter_data import LetterDocument, LetterParty
from plumb_platform.documents.letter_html import LetterPage, letter_page
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.seal_inspection import inspect_seal

PROCESSES = 2
VAULT = KeyVault(bytes(32))
Made = tuple[float, float, int]
"""Seconds that a batch took, CPU seconds of all processes meanwhile, and bytes of its last letter."""


def main() -> None:
    """Run both sides in turns and print letters per second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--rare", action="store_true")
    options = parser.parse_args()
    letters = list(_letters(options.letters, rare=options.rare))
    with multiprocessing.get_context("spawn").Pool(PROCESSES, _start_peer, (_rsa_key(),)) as pool:
        pool.map(_make_by_default, letters[:PROCESSES], chunksize=1)
        ours, theirs = asyncio.run(_rounds(letters, options.rounds, pool))
    _print(ours, theirs, options.letters)


async def _rounds(letters: list[LetterDocument], rounds: int, pool: "multiprocessing.pool.Pool") -> tuple[list[Made], list[Made]]:
    company = make_company_key("华康医疗器械股份有限公司", company_id="bench", vault=VAULT)
    key = OpenedKey(company, company_id="bench", vault=VAULT)
    ours: list[Made] = []
    theirs: list[Made] = []
    made: list[bytes] = []
    with tempfile.TemporaryDirectory() as fonts:
        async with Renderer(children=PROCESSES, font_cache=Path(fonts)) as renderer:
            await asyncio.gather(*(_make_ours(renderer, key, letter) for letter in letters[:PROCESSES]))
            for _ in range(rounds):
                start, used = time.perf_counter(), _cpu_seconds()
                made = await asyncio.gather(*(_make_ours(renderer, key, letter) for letter in letters))
                ours.append((time.perf_counter() - start, _cpu_seconds() - used, len(made[-1])))
                start, used = time.perf_counter(), _cpu_seconds()
                sizes = await asyncio.to_thread(pool.map, _make_by_default, letters, 1)
                theirs.append((time.perf_counter() - start, _cpu_seconds() - used, sizes[-1]))
    report = await inspect_seal(made[-1], [company.root_certificate])
    if not report.valid:
        raise SystemExit("a letter of this run does not verify")
    return ours, theirs


async def _make_ours(renderer: Renderer, key: OpenedKey, letter: LetterDocument) -> bytes:
    page = letter_page(letter)
    pdf = await renderer.render_pdf(page.html, css=page.css, identifier=letter.number.encode(), created=datetime.now(UTC))
    await asyncio.to_thread(prove_glyphs, pdf, visible_text(page.html))
    return await seal_pdf(pdf, key)


def _cpu_seconds() -> float:
    """Return what this process and its children have used; a child that works for one side idles in the other's turn."""
    children = " ".join(tasks.read_text() for tasks in Path("/proc/self/task").glob("*/children")).split()
    ticks = 0
    for process in ("self", *children):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _make_by_default(letter: LetterDocument) -> int:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from weasyprint import HTML

    page: LetterPage = letter_page(letter)
    pdf = HTML(string=page.html.replace("</head>", f"<style>{page.css}</style></head>")).write_pdf()
    metadata = signers.PdfSignatureMetadata(field_name="Seal")
    output = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=_peer["signer"])
    return len(output.getbuffer())


_peer: dict[str, Any] = {}


def _start_peer(key: tuple[bytes, bytes]) -> None:
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    certificate, private_key = key
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves its __init__ unannotated
    _peer["signer"] = SimpleSigner(asn1_x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(private_key), store)


def _rsa_key() -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Benchmark")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=30))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    plain = serialization.NoEncryption()
    return certificate, key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)


def _letters(count: int, *, rare: bool) -> "Iterator[LetterDocument]":
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.letter_samples import sample_letter

    signatures = sample_letter().signatures
    surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
    for number in range(count):
        name = f"{surnames[number % len(surnames)]}{'𠮷㐂' if rare else '明华'}"
        signed = tuple(each.model_copy(update={"name": name}) if each.role == "employee" else each for each in signatures)
        yield sample_letter(party_b=LetterParty(name=name), signatures=signed, number=f"B-{number:05}")


def _print(ours: list[Made], theirs: list[Made], letters: int) -> None:
    print(f"letters of 2 pages, {letters} a round, {len(ours)} rounds in turns, {PROCESSES} processes")
    rates = [_line("ours (PDF/A-3, glyph proof, PAdES P-256)", ours, letters)]
    rates.append(_line("WeasyPrint + pyHanko RSA-2048 as they come", theirs, letters))
    faster, cheaper, smaller = (mine / default for mine, default in zip(*rates, strict=True))
    print(f"  ratio {faster:.2f} in letters/s, {cheaper:.2f} in CPU, {smaller:.2f} in bytes")


def _line(name: str, made: list[Made], letters: int) -> tuple[float, float, int]:
    rate = letters / statistics.median(seconds for seconds, _, _ in made)
    used = statistics.median(cpu for _, cpu, _ in made) / letters
    print(f"  {name:43} {rate:6.2f} letters/s  {used * 1000:5.0f} ms CPU a letter  {made[-1][2] / 1000:4.0f} kB")
    return rate, used, made[-1][2]


if __name__ == "__main__":
    main()
