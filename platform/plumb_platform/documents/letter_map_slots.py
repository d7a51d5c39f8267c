"""What differs from one battle map to the next: its banner, the facts below it, its fronts with their bars, its note."""

from typing import Any

from plumb_platform.documents.letter_marks import LOOSE, Marks
from plumb_platform.documents.letter_rooms import (
    INDENT,
    KNOWN_SIZE,
    LONGEST_BAR,
    NOTE_ROOM,
    NOTE_SIZE,
    SUBTITLE_ROOM,
    Measure,
    known_room,
    most,
)
from plumb_platform.documents.set_line import Unfit

LEFT_TO_TYPST = frozenset({"signatures", "splits", "changes"})
"""Sections that a map made of a letter does not have."""
SPARE = 3.0
FACTS = dict[str, Any]


def mark_map(facts: FACTS, kinds: set[str], marks: Marks, measure: Measure) -> None:
    """Put marks into the facts of a battle map; raises Unfit for one that is set otherwise than a letter's own map is."""
    letter = facts["letter"]
    if kinds & LEFT_TO_TYPST:
        raise Unfit
    _mark_known(facts, marks, measure)
    name, number, code = letter["party_b"]["name"], letter["number"], letter["verify_code"]
    for section in facts["sections"]:
        section["paragraphs"] = [_noted(each, (number, code), marks, measure) for each in section["paragraphs"]]
    letter["party_b"] = {"name": marks.mark("banner_name", name), "details": []}
    letter["party_a"]["details"] = []
    letter["number"] = marks.mark("banner_number", number)
    if NOTE_SIZE * most(letter["subtitle"]) < SUBTITLE_ROOM / 2:
        letter["subtitle"] = marks.mark_loose("banner_subtitle", letter["subtitle"])
    for front in facts["fronts"]:
        _mark_front(front, marks, measure)
    letter["goals"] = []


def _mark_known(facts: FACTS, marks: Marks, measure: Measure) -> None:
    fixed = frozenset({facts["letter"]["period"], facts["letter"]["weight_total"]})
    room = known_room(facts["facts"], fixed, measure)
    facts["facts"] = [
        [name, marks.mark_loose("detail", value)]
        if value not in fixed and LOOSE.fullmatch(value) and KNOWN_SIZE * measure(value, True) < room - SPARE
        else [name, value]
        for name, value in facts["facts"]
    ]


def _noted(text: str, own: tuple[str, ...], marks: Marks, measure: Measure) -> str:
    """Mark number and code within a paragraph of one line."""
    if not any(each in text for each in own):
        return text
    if NOTE_SIZE * (measure(text, False) + INDENT) > NOTE_ROOM:
        raise Unfit
    for each in own:
        if each in text:
            text = text.replace(each, marks.mark("noted", each), 1)
    return text


def _mark_front(front: FACTS, marks: Marks, measure: Measure) -> None:
    marks.mark_definition("battle_map", front, measure)
    marks.mark_name("battle_map", front)
    front["target"] = marks.mark("front_target", front["target"])
    front["weight"] = marks.mark("front_weight", front["weight"])
    front["splits"], front["previous"], front["change"] = [], "", ""
    for bar in front["bars"]:
        if len(bar["value"]) > LONGEST_BAR:
            raise Unfit
        bar["value"], bar["cumulative"] = marks.mark("bar", bar["value"]), marks.mark("share", bar["cumulative"])
        bar["height"] = marks.mark_bar(bar["height"])
