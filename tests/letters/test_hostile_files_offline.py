"""The offline verifier against files that are made to cost, and against times that cannot be (N16)."""

import os
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from plumb_platform.clock import clock_at, now
from plumb_verify.command import report
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.sealed_letter import Sealed
from support.strange_files import sealed_by, stranger

SIZE = 4_000_000
KEY = stranger()
ORDINARY = b"1 0 obj\n<</Length 100>>stream\n" + b"x" * 100 + b"\nendstream\nendobj\n"
ENDLESS = zlib.compress(b"0" * (1 << 26), 9)
HOSTILE = {
    "dictionaries that never end": b"<<" * (SIZE // 2),
    "names that promise": b"<</EmbeddedFile " * (SIZE // 16),
    "streams that never end": b"<</Type/EmbeddedFile>>stream\n" * (SIZE // 29),
    "ends without a beginning": b"endstream\n" * (SIZE // 10),
    "ranges without numbers": b"/ByteRange [ " * (SIZE // 13),
    "spaces": b"/ByteRange" + b" " * SIZE,
    "digits": b"/ByteRange [" + b"1" * SIZE,
    "zeros": bytes(SIZE),
    "brackets": b"(" * SIZE,
    "revisions": b"startxref\n0\n%%EOF\n" * (SIZE // 18),
    "bombs": (b"1 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode>>stream\n" + ENDLESS + b"\nendstream\nendobj\n") * 50,
    "bombs of references": (b"1 0 obj\n<</Type/ObjStm/Filter/FlateDecode>>stream\n" + ENDLESS + b"\nendstream\nendobj\n") * 50,
    "nested values": b"1 0 obj\n<</Type/EmbeddedFile>>stream\n" + b"[" * SIZE + b"\nendstream\nendobj\n",
}


def told(content: bytes, options: Options) -> str:
    with pytest.raises((Broken, ValueError, RecursionError)) as refused:
        verify(content, options)
    return str(refused.value)


def cost(work: Callable[[], object]) -> float:
    """Return the least processor time of three turns."""
    turns = []
    for _ in range(3):
        began = time.process_time()
        work()
        turns.append(time.process_time() - began)
    return min(turns)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_file_costs_no_more_than_a_plain_one_by_its_size(name: str) -> None:
    hostile = sealed_by(KEY, HOSTILE[name])
    plain = sealed_by(KEY, (ORDINARY * (len(hostile) // len(ORDINARY) + 1))[: len(hostile)])
    # Bombs may be unpacked up to the bound, once; all else is a walk or two through the file.
    plain_cost = cost(lambda: told(plain, Options())) + (0.5 if "bombs" in name else 0.02)
    assert cost(lambda: told(hostile, Options())) < 12 * plain_cost
    tracemalloc.start()
    told(hostile, Options())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(hostile) + 3 * (1 << 26)


def test_nothing_within_a_file_is_unpacked_before_its_root_is_the_one_that_was_given(sealed: Sealed) -> None:
    bombed = sealed_by(KEY, HOSTILE["bombs"])
    assert told(bombed, Options()) == "what is embedded unpacks to more than 67108864 bytes"
    assert told(bombed, Options([sealed.root])) == "the seal's certificate does not lead to the root"


def test_a_letter_that_says_it_was_sealed_when_its_certificate_did_not_hold_is_refused() -> None:
    late = (now() + timedelta(days=4 * 365)).strftime("D:%Y%m%d%H%M%SZ")
    for moment, holds in (("D:20200101000000Z", False), (late, False), ("D:20200101000000+08'00'", False), ("", True)):
        said = told(sealed_by(KEY, ORDINARY, moment=moment), Options([KEY.root_certificate]))
        assert (said == "neither goals nor a report are embedded") is holds, (moment, said)
        assert holds or said.startswith("the certificate of the seal did not hold at ")
    # The day before a key was made is given away, for verifiers whose clocks run behind: by the zone that is said.
    with clock_at(now().replace(hour=12)):
        eve = now() - timedelta(hours=20)
        for zone, hours in (("+08'00'", 8), ("-08'00'", -8), ("Z", 0)):
            moment = (eve + timedelta(hours=hours)).strftime("D:%Y%m%d%H%M%S") + zone
            key = stranger()
            said = told(sealed_by(key, ORDINARY, moment=moment), Options([key.root_certificate]))
            assert said == "neither goals nor a report are embedded", zone
            moment = (eve - timedelta(hours=6) + timedelta(hours=hours)).strftime("D:%Y%m%d%H%M%S") + zone
            assert "did not hold" in told(sealed_by(key, ORDINARY, moment=moment), Options([key.root_certificate])), zone


def test_what_is_no_file_is_told_and_neither_waited_for_nor_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "loop.pdf").symlink_to(tmp_path / "loop.pdf")
    (tmp_path / "device.pdf").symlink_to("/dev/zero")
    (tmp_path / "empty.pdf").touch()
    names = ("pipe.pdf", "device.pdf", "loop.pdf", "none.pdf", "empty.pdf", "")
    assert report([tmp_path / name for name in names], Options()) == 1
    reasons = [line.partition('"reason": "')[2].rstrip('"}') for line in capsys.readouterr().out.splitlines()]
    odd, gone = "no file, but a folder, a device or a pipe", "there is no such file"
    nothing = "neither a letter, an audit chain, a snapshot, a report of retention nor an export of a company"
    assert reasons == [odd, odd, gone, gone, nothing, odd]


def test_what_is_too_large_or_begins_like_nothing_of_ours_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sparse files of a terabyte: whoever read them first would end for lack of memory."""
    begun = {"letter.pdf": b"%PDF-1.7\n", "zeros.pdf": bytes(16), "zip.json": b"PK\3\4", "letter2.pdf": b" %PDF-1.7\n"}
    for name, begins in begun.items():
        with (tmp_path / name).open("wb") as file:
            file.write(begins)
            file.truncate(1 << 40)
    assert report([tmp_path / name for name in begun], Options()) == 1
    reasons = [line.partition('"reason": "')[2].rstrip('"}') for line in capsys.readouterr().out.splitlines()]
    assert reasons[0] == "larger than 268435456 bytes: no letter and no report is"
    assert {each.partition(",")[0] for each in reasons[1:]} == {"neither a letter"}
