"""What the codes of a font stand for, an entry each; that readers understand them is shown by whole letters elsewhere."""

import re

import pytest

from plumb_platform.documents.to_unicode import said_by, to_unicode

BLOCK = re.compile(rb"(\d+) beginbfchar\n(.*?)\nendbfchar", re.DOTALL)
ENTRY = re.compile(rb"<([0-9A-F]{4})><([0-9A-F]+)>")


def read(cmap: bytes) -> dict[int, str]:
    """Return codes and texts as another reader finds them, block by block."""
    found = [ENTRY.findall(block) for _, block in BLOCK.findall(cmap)]
    assert [len(entries) for entries in found] == [int(count) for count, _ in BLOCK.findall(cmap)]
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for entries in found for code, text in entries}


@pytest.mark.parametrize("codes", [[], [1, 2, 3], [1, 2, 4, 5], range(250, 260), range(256, 456), [65535]])
def test_each_code_has_an_entry_of_its_own(codes: list[int] | range) -> None:
    """Ghostscript 10.0 reads one byte of each text that stands in an array behind a range of codes."""
    texts = {code: chr(0x4E00 + code % 1000) for code in codes}
    cmap = to_unicode(texts)
    assert read(cmap) == texts
    assert b"bfrange" not in cmap


def test_blocks_have_a_hundred_entries_at_most() -> None:
    assert [count for count, _ in BLOCK.findall(to_unicode(dict.fromkeys(range(201), "字")))] == [b"100", b"100", b"1"]


def test_rare_characters_are_two_units_and_letters_that_are_joined_are_several() -> None:
    cmap = to_unicode({3: "ffi", 1: "目", 7: "㐂", 2: "𠮷"})
    assert b"4 beginbfchar\n<0001><76EE><0002><D842DFB7><0003><006600660069><0007><3402>\nendbfchar" in cmap


def test_what_typst_says_code_by_code_is_read() -> None:
    space = b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
    assert said_by(space + b"2 beginbfchar\n<0001> <534E>\n<00A2> <D842DFB7>\nendbfchar") == {1: "华", 0xA2: "𠮷"}
