"""A letter over the years: stamped again under one server after the other, whole at each step, each change found (A26, N16)."""

import hashlib
import random
from contextlib import ExitStack, nullcontext
from datetime import timedelta

import pytest

from plumb_platform import clock
from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.proven_seal import proven
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, Stamping, seal_pdf, stamp_again
from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.letter_samples import SEALED_AT, VAULT, SealedLetter, sample_letter
from support.timestamp_server import stamp_server

ROUNDS, YEAR = 3, timedelta(days=365)
LETTER = (
    b'{"company":{"name":"\xe5\x8d\x8e\xe5\xba\xb7"},"number":"HK-1","parties":{"employee":{"name":"\xe6\x9e\x97"}},'
    b'"schema":"plumb.letter/1"}'
)
OWN = ({"kind": "goals"}, {"kind": "custom", "source": "<p>本节由公司自拟。</p>"}, {"kind": "signatures"})


async def stamped_for_years(plain: bytes, key: CompanyKey) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Return the revisions of a B-LTA file, each stamped by a server of its own a year after the one before, and all roots."""
    revisions: list[bytes] = []
    roots: tuple[bytes, ...] = ()
    with ExitStack() as running:
        for turn in range(ROUNDS + 1):
            at = SEALED_AT + YEAR * turn
            tsa = running.enter_context(stamp_server(made_at=at, days=400))
            tsa.at, roots = at, (*roots, tsa.root)
            servers = TimestampServers(urls=tsa.servers.urls, roots=roots)
            with clock.clock_at(at):
                if not revisions:
                    opened = OpenedKey(key, company_id="company-1", vault=VAULT)
                    stamping = Stamping(SealLevel.B_LTA, servers, "default")
                    revisions.append(await seal_pdf(plain, opened, signed_at=SEALED_AT, stamping=stamping))
                    continue
                ends_at = SEALED_AT + YEAR * (turn - 1) + timedelta(days=400)
                last, own = revisions[-1], (key.root_certificate,)
                again = await stamp_again(last, trusted_roots=own, servers=servers, server="default", ends_at=ends_at)
                revisions.append(again)
    return revisions, roots


async def test_stamps_of_several_rounds_follow_each_other_and_every_changed_bit_is_found(
    letter: SealedLetter, company_key: CompanyKey
) -> None:
    revisions, roots = await stamped_for_years(letter.plain, company_key)
    for turn, content in enumerate(revisions):
        report = await inspect_seal(content, [letter.root], roots)
        assert (report.valid, report.level) == (True, SealLevel.B_LTA)
        assert report.stamps_end_at == SEALED_AT + YEAR * turn + timedelta(days=400)
        assert content.startswith(revisions[max(turn - 1, 0)])
    last, chance = revisions[-1], random.Random(20261127)  # a fixed choice of positions
    for _ in range(20):
        changed, place = bytearray(last), chance.randrange(len(letter.plain))
        changed[place] ^= 1 << chance.randrange(8)
        assert not (await inspect_seal(bytes(changed), [letter.root], roots)).valid, place
    # One round cut out of the middle, and an end cut off.
    for content in (last[: len(revisions[1])] + last[len(revisions[2]) :], last[:-30]):
        assert not (await inspect_seal(content, [letter.root], roots)).valid
    # A new seal is kept at the level that it was made for alone, and with a stamp of its own that is trusted.
    for known, level, holds in (
        (roots, SealLevel.B_LTA, True),
        (roots, SealLevel.B_LT, False),
        (roots[-1:], SealLevel.B_LTA, False),
        (roots[-1:], None, True),
    ):
        with nullcontext() if holds else pytest.raises(TimestampUnavailable, match="does not hold"):
            servers = TimestampServers(urls={"default": "http://localhost/"}, roots=known)
            assert (await proven(last, letter.root, servers, "default", level=level)).level is SealLevel.B_LTA


@pytest.mark.parametrize("own", [False, True], ids=["typst", "weasyprint"])
async def test_the_offline_verifier_takes_letters_of_both_engines_at_every_level(
    renderer: Renderer, company_key: CompanyKey, own: bool
) -> None:
    document = sample_letter(sections=OWN) if own else sample_letter()
    files = [goals_attachment(LETTER)]
    plain = await print_letter(renderer, document, identifier=b"letter", created=SEALED_AT, attachments=files)
    root, opened = company_key.root_certificate, OpenedKey(company_key, company_id="company-1", vault=VAULT)
    with stamp_server(made_at=SEALED_AT, days=600) as tsa, clock.clock_at(SEALED_AT):
        tsa.at = SEALED_AT
        for level in SealLevel:
            stamping = Stamping(level, tsa.servers, "default")
            sealed = await seal_pdf(plain, opened, signed_at=SEALED_AT, stamping=stamping)
            known = Options([root], hashlib.sha256(sealed).hexdigest())
            said = verify(sealed, known)
            stamp = None if level is SealLevel.B_B else SEALED_AT.isoformat()
            assert (said["number"], said["signers"], said["stamped_at"]) == ("HK-1", ["林"], stamp)
            if level in (SealLevel.B_LT, SealLevel.B_LTA):
                with pytest.raises(Broken, match="give --sha256"):
                    verify(sealed, Options([root]))
            else:
                assert verify(sealed, Options([root]))["number"] == "HK-1"
            for content in (sealed + b"\n", sealed[:-1], sealed.replace(b"%PDF-1.7", b"%PDF-1.6", 1)):
                with pytest.raises(Broken):
                    verify(content, known)
