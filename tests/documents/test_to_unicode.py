"""What the codes of a font stand for, written by ranges; that readers understand them is shown by whole letters elsewhere."""

import re

import pytest

from plumb_platform.documents.to_unicode import said_by, to_unicode

RANGE = re.compile(rb"<(....)> <(....)> \[((?:<[0-9A-F]+>)+)\]\n")


@pytest.mark.parametrize(
    ("codes", "ranges"),
    [
        ([1, 2, 3], [(1, 3)]),
        ([1, 2, 4, 5], [(1, 2), (4, 5)]),
        (range(250, 260), [(250, 255), (256, 259)]),
        (range(256, 456), [(256, 355), (356, 455)]),
        ([65535], [(65535, 65535)]),
    ],
)
def test_codes_that_follow_each_other_share_an_entry_within_one_first_byte(
    codes: range | list[int], ranges: list[tuple[int, int]]
) -> None:
    cmap = to_unicode({code: chr(0x4E00 + code % 1000) for code in codes})
    found = RANGE.findall(cmap)
    assert [(int(first, 16), int(last, 16)) for first, last, _ in found] == ranges
    assert [texts.count(b"<") for *_, texts in found] == [last - first + 1 for first, last in ranges]


def test_blocks_have_a_hundred_entries_at_most() -> None:
    cmap = to_unicode({2 * code: "字" for code in range(201)})
    assert re.findall(rb"(\d+) beginbfrange", cmap) == [b"100", b"100", b"1"]
    assert len(RANGE.findall(cmap)) == 201


def test_rare_characters_are_two_units_and_letters_that_are_joined_are_several() -> None:
    cmap = to_unicode({1: "目", 2: "𠮷", 3: "ffi", 7: "㐂"})
    assert b"<0001> <0003> [<76EE><D842DFB7><006600660069>]\n<0007> <0007> [<3402>]\n" in cmap


def test_what_typst_says_code_by_code_is_read() -> None:
    space = b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
    assert said_by(space + b"2 beginbfchar\n<0001> <534E>\n<00A2> <D842DFB7>\nendbfchar") == {1: "华", 0xA2: "𠮷"}
