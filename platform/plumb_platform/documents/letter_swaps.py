"""Names within running text: each Chinese character stands there as another one, a mark, which takes exactly the same room.

All Han characters are one em wide, stand apart alike and may end a line alike (CLREQ 2.1, UAX 14 class ID), so that no line
of a paragraph changes when one stands for another. Hence names need no place of their own to be each letter's own.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

from plumb_platform.documents.set_line import Unfit

MARKS = "疤狈惫焙迸鄙痹憋瘪鳖膊惭豺搀馋谗橱揣疮捶蠢戳疵瘁搓歹怠掸捣蹬碘掂叼跺惰讹痪秽讳唬骇憨嚎"
"""Everyday characters that no letter holds: one that does is left to typst."""
HELD = re.compile(f"[{MARKS}]")
SWAPPED = re.compile("[\u4e00-\u9fa5]{2,12}")
DRAWN = frozenset({"seal", "pictures", "words", "qr"})
"""Facts that hold markup or words of ours."""
RUNNING = ("rights_and_duties", "rewards", "revision", "miscellany", "actions")
Facts = dict[str, Any]


def swap_names(facts: Facts) -> dict[str, str]:
    """Put marks in place of names, positions and units within running text; return what each mark stands for. Raises Unfit."""
    if HELD.search(orjson.dumps({name: said for name, said in facts.items() if name not in DRAWN}).decode()):
        raise Unfit
    stands_for: dict[str, str] = {}
    free = iter(MARKS)
    for value in sorted(_values(facts), key=lambda each: (-len(each), each)):
        marked = ""

        def swap(text: str, value: str = value) -> str:
            nonlocal marked
            if value not in text:
                return text
            marked = marked or "".join(next(free, "") for _ in value)
            if len(marked) < len(value):
                raise Unfit
            return text.replace(value, marked)

        _change(facts, swap)
        stands_for |= dict(zip(marked, value, strict=False))
    return stands_for


def _values(facts: Facts) -> set[str]:
    letter = facts["letter"]
    details = [value for side in ("party_a", "party_b") for _, value in letter[side]["details"]]
    people = [who[each] for who in letter["signatures"] for each in ("name", "position")]
    return {each for each in (letter["party_b"]["name"], *details, *people) if SWAPPED.fullmatch(each)}


def _change(facts: Facts, change: Callable[[str], str]) -> None:
    """Change every text of the letter that runs over lines."""
    letter = facts["letter"]
    letter["preamble"] = change(letter["preamble"])
    for name in RUNNING:
        letter[name] = [change(each) for each in letter[name]]
    for section in facts["sections"]:
        section["paragraphs"] = [change(each) for each in section["paragraphs"]]
    for action in facts.get("numbered_actions", ()):
        action["text"] = change(action["text"])
