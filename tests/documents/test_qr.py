"""QR codes: drawn from the very symbol that ISO/IEC 18004 prescribes, which segno finds by going through every module."""

import re

import pytest
import segno

from plumb_platform.documents.qr import QUIET_ZONE, qr_svg

STROKE = re.compile(r"M(\d+) (\d+)\.5h(\d+)")
TEXTS = [
    *("5", "/", "责任书", "标" * 60, "0" * 300, "A" * 700, "x" * 250, "准绳 2", "准绳 13", "准绳 22"),
    *(f"https://plumb.example.com/verify/7Qm2vXc9Lw3TzR{number:02}" for number in range(6)),
    *(f"https://{'long.' * number}example.com/verify/7Qm2vXc9Lw3TzR8b" for number in range(1, 16, 3)),
]
"""Versions 1 to 17, with and without a version pattern, and each of the eight masks."""


def test_a_text_longer_than_any_symbol_is_refused() -> None:
    with pytest.raises(segno.DataOverflowError):
        qr_svg("x" * 2332)


def test_a_code_is_the_symbol_with_the_lowest_penalty() -> None:
    symbols = [segno.make_qr(text, error="m", boost_error=False) for text in TEXTS]

    assert {symbol.mask for symbol in symbols} == set(range(8))
    for text, symbol in zip(TEXTS, symbols, strict=True):
        dark = {(row, column) for row, line in enumerate(symbol.matrix) for column, module in enumerate(line) if module}
        assert _drawn(qr_svg(text)) == dark


def _drawn(svg: str) -> set[tuple[int, int]]:
    strokes = (tuple(map(int, found)) for found in STROKE.findall(svg))
    return {(row - QUIET_ZONE, column - QUIET_ZONE + step) for column, row, width in strokes for step in range(width)}
