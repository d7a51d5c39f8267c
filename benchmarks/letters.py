"""Letters per second on two processes, rendered, proved and sealed, beside WeasyPrint and typst with pyHanko as they come.

    python -m benchmarks.letters [--letters 20] [--rounds 2] [--rare]

All sides make the same letters in the same run, in turns, so that the ratio holds on a noisy machine; CPU seconds of
all processes stand beside it, then what sealing costs beside the bare operation of the key, and the memory of our
processes. What a side contains: ours a letter's facts, QR code and picture of the seal, PDF/A-3a with tags and a proof of
each glyph in two children of one process, which seals (PAdES B-B with a certificate that is checked); WeasyPrint the same
page and words; typst a plain layout of the words, without code, seal, archive and proof. Both peers are two processes
that sign as pyHanko does. No side has a database, a queue or a store: `benchmarks.letter_run` has them all. With --rare
each letter has a name that only the whole font can draw. The goals it is held against are L1 to L6 of the performance
page; no figure here is asserted by a test.
"""

import argparse
import asyncio
import io
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from benchmarks.letters_made import letters_of_a_benchmark
from plumb_platform.documents.company_key import make_company_key
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterGoal, LetterSection
from plumb_platform.documents.letter_facts import sections_of
from plumb_platform.documents.letter_html import LetterPage, letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.seal_inspection import inspect_seal

PROCESSES = 2
AT_ONCE = 2 * PROCESSES
"""Letters that a worker has in hand at once (`plumb_workers.run`)."""
SEALS, PEER_EACH = 200, 5
"""Seals in the comparison of sealing alone, and after how many of ours each peer has its turn."""
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
    letters = list(letters_of_a_benchmark(options.letters, rare=options.rare))
    with multiprocessing.get_context("spawn").Pool(PROCESSES, _start_peer, (_rsa_key(), _p256_key())) as pool:
        for make in PEERS.values():
            pool.map(make, letters[:PROCESSES], chunksize=1)
        results = asyncio.run(_rounds(letters, options.rounds, pool))
    _print(results, options.letters)


async def _rounds(letters: list[LetterDocument], rounds: int, pool: "multiprocessing.pool.Pool") -> dict[str, list[Made]]:
    company = make_company_key("华康医疗器械股份有限公司", company_id="bench", vault=VAULT)
    key = OpenedKey(company, company_id="bench", vault=VAULT)
    results: dict[str, list[Made]] = {name: [] for name in (OURS, MARKUP, *PEERS)}
    own = [_with_markup(letter) for letter in letters]
    made: list[bytes] = []
    with tempfile.TemporaryDirectory() as fonts:
        async with Renderer(children=PROCESSES, font_cache=Path(fonts)) as renderer:
            await asyncio.gather(*(_make_ours(renderer, key, letter) for letter in letters[:PROCESSES] + own[:PROCESSES]))
            before = _memory()
            for _ in range(rounds):
                for name, batch in ((MARKUP, own), (OURS, letters)):
                    start, used = time.perf_counter(), _cpu_seconds()
                    made = await _make_as_a_worker(renderer, key, batch)
                    results[name].append((time.perf_counter() - start, _cpu_seconds() - used, len(made[-1])))
                for name, make in PEERS.items():
                    start, used = time.perf_counter(), _cpu_seconds()
                    sizes = await asyncio.to_thread(pool.map, make, letters, 1)
                    results[name].append((time.perf_counter() - start, _cpu_seconds() - used, sizes[-1]))
            print(f"  our process {before:.0f} MB after the first letters, {_memory():.0f} MB after {rounds * len(letters)}")
            await _print_sizes(renderer, key, letters[0])
            await _print_sealing(renderer, key, letters[0])
    report = await inspect_seal(made[-1], [company.root_certificate])
    if not report.valid:
        raise SystemExit("a letter of this run does not verify")
    return results


async def _print_sizes(renderer: Renderer, key: OpenedKey, letter: LetterDocument) -> None:
    """The letter of the performance page: eight goals in a table, no months, about 700 Chinese characters in all."""
    goals = tuple(LetterGoal(metric=name, unit=unit, target="26.00", weight="12.50%") for name, unit in METRICS)
    for design in get_args(Design):
        made = await _make_ours(renderer, key, letter.model_copy(update={"design": design, "goals": goals}))
        print(f"  eight goals without months, {design}: {len(made) / 1000:.0f} kB")


async def _print_sealing(renderer: Renderer, key: OpenedKey, letter: LetterDocument) -> None:
    pdf = await print_letter(renderer, letter, identifier=b"sealing", created=datetime.now(UTC))
    _start_peer(_rsa_key(), _p256_key())
    sealing: dict[str, list[float]] = {name: [] for name in ("ours", "the bare key", "rsa", "p256")}

    def note(name: str, start: float) -> None:
        sealing[name].append((time.perf_counter() - start) * 1000)

    for number in range(SEALS):
        start = time.perf_counter()
        await seal_pdf(pdf, key)
        note("ours", start)
        start = time.perf_counter()
        key.sign(pdf[:300])
        note("the bare key", start)
        for name in ("rsa", "p256") if number % PEER_EACH == 0 else ():
            start = time.perf_counter()
            await asyncio.to_thread(_sign_as_it_comes, pdf, name)
            note(name, start)
    ours, bare, rsa_peer, p256_peer = (statistics.median(each) for each in sealing.values())
    print(f"  sealing a letter of {len(pdf) / 1000:.0f} kB {ours:.2f} ms, of which the key {bare:.2f} ms")
    for name, peer in (("RSA-2048", rsa_peer), ("P-256", p256_peer)):
        print(f"    beside pyHanko {name} as it comes, {peer:.1f} ms: {peer / ours:.0f} times as fast")


def _memory() -> float:
    """Return the resident megabytes of this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _make_ours(renderer: Renderer, key: OpenedKey, letter: LetterDocument) -> bytes:
    pdf = await print_letter(renderer, letter, identifier=letter.number.encode(), created=datetime.now(UTC))
    return await seal_pdf(pdf, key)


async def _make_as_a_worker(renderer: Renderer, key: OpenedKey, letters: list[LetterDocument]) -> list[bytes]:
    """Make letters as many at once as a worker has jobs at once: all at once would first be prepared while nobody sets any."""
    waiting = iter(enumerate(letters))
    made: dict[int, bytes] = {}

    async def work() -> None:
        for place, letter in waiting:
            made[place] = await _make_ours(renderer, key, letter)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return [made[place] for place in range(len(letters))]


def _with_markup(letter: LetterDocument) -> LetterDocument:
    """The same letter with a section of a company's own markup, which WeasyPrint lays out."""
    own = LetterSection(kind="custom", title="公司约定", source="<p>{{ company }}：以本责任书为准。</p>")
    return letter.model_copy(update={"sections": (*sections_of(letter)[:-1], own, sections_of(letter)[-1])})


def _cpu_seconds() -> float:
    """Return what this process and its children have used; a child that works for one side idles in the other's turn."""
    children = " ".join(tasks.read_text() for tasks in Path("/proc/self/task").glob("*/children")).split()
    ticks = 0
    for process in ("self", *children):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _make_by_default(letter: LetterDocument) -> int:
    from weasyprint import HTML

    page: LetterPage = letter_page(letter)
    pdf = HTML(string=page.html.replace("</head>", f"<style>{page.css}</style></head>")).write_pdf()
    return _sign_as_it_comes(pdf, "rsa")


def _make_by_typst(letter: LetterDocument) -> int:
    """The same words in a plain layout of typst's, by a compiler that is kept, signed by pyHanko with P-256."""
    import typst

    if "typst" not in _peer:
        file = Path(tempfile.mkdtemp()) / "letter.typ"
        file.write_text(TYPST)
        _peer["typst"] = typst.Compiler(str(file), sys_inputs={"letter": "{}"})
    pdf = _peer["typst"].compile(format="pdf", sys_inputs={"letter": letter.model_dump_json()})
    return _sign_as_it_comes(pdf, "p256")


def _sign_as_it_comes(pdf: bytes, key: str) -> int:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    metadata = signers.PdfSignatureMetadata(field_name="Seal")
    output = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=_peer[key])
    return len(output.getbuffer())


OURS = "ours (PDF/A-3, glyph proof, PAdES P-256)"
MARKUP = "ours, with a company's own markup"
METRICS = (
    ("销售回款额", "元"),
    ("新进院三甲医院数", "家"),
    ("重点产品推广完成率", "%"),
    ("学术会议场次", "场"),
    ("客户拜访次数", "次"),
    ("应收账款周转天数", "天"),
    ("费用率", "%"),
    ("团队人员保留率", "%"),
)
PEERS: dict[str, Callable[[LetterDocument], int]] = {
    "WeasyPrint + pyHanko RSA-2048 as they come": _make_by_default,
    "typst + pyHanko P-256 as they come": _make_by_typst,
}
TYPST = """
#let l = json(bytes(sys.inputs.letter))
#set page(paper: "a4", margin: 20mm, footer: [#l.at("number", default: "")])
#set text(font: "Noto Serif CJK SC", size: 10.5pt)
#align(center, text(size: 22pt)[目标责任书])
#if "goals" in l [
  #l.company  #l.period
  #table(columns: 4, ..l.goals.map(g => (g.metric, g.unit, g.target, g.weight)).flatten())
  #for g in l.goals { if g.splits.len() > 0 { table(columns: 6, ..g.splits.map(s => s.label + " " + s.value)) } }
  #for text in (l.rights_and_duties + l.rewards + l.revision + l.miscellany) [+ #text]
  #for s in l.signatures [#s.name #s.signed_at \\ ]
]
"""


_peer: dict[str, Any] = {}


def _start_peer(*pairs: tuple[bytes, bytes]) -> None:
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    for name, (certificate, private_key) in zip(("rsa", "p256"), pairs, strict=True):
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves its __init__ unannotated
        _peer[name] = SimpleSigner(asn1_x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(private_key), store)


def _rsa_key() -> tuple[bytes, bytes]:
    return _signing_pair(rsa.generate_private_key(65537, 2048))


def _p256_key() -> tuple[bytes, bytes]:
    return _signing_pair(ec.generate_private_key(ec.SECP256R1()))


def _signing_pair(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Benchmark")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=30))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    plain = serialization.NoEncryption()
    return certificate, key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)


def _print(results: dict[str, list[Made]], letters: int) -> None:
    print(f"letters of 2 pages, {letters} a round, {len(results[OURS])} rounds in turns, {PROCESSES} processes")
    rates = {name: _line(name, made, letters) for name, made in results.items()}
    for mine, name in ((mine, name) for mine in (OURS, MARKUP) for name in PEERS):
        faster, cheaper, smaller = (own / peer for own, peer in zip(rates[mine], rates[name], strict=True))
        print(f"  {mine} beside {name}: {faster:.2f} in letters/s, {cheaper:.2f} in CPU, {smaller:.2f} in bytes")


def _line(name: str, made: list[Made], letters: int) -> tuple[float, float, int]:
    rate = letters / statistics.median(seconds for seconds, _, _ in made)
    used = statistics.median(cpu for _, cpu, _ in made) / letters
    print(f"  {name:43} {rate:6.2f} letters/s  {used * 1000:5.0f} ms CPU a letter  {made[-1][2] / 1000:4.0f} kB")
    return rate, used, made[-1][2]


if __name__ == "__main__":
    main()
